package sched

// A Kind names an operation.
type Kind uint8

const (
	_ Kind = iota
	AtomicLoad
	AtomicStore
	AtomicSwap
	AtomicCAS
	AtomicAdd
	AtomicAnd
	AtomicOr
	Lock
	TryLock
	Unlock
	WriterWaits
	RLock
	TryRLock
	RUnlock
	CondWait
	CondWake
	CondSignal
	CondBroadcast
	WaitGroupAdd
	WaitGroupWait
	OnceDo
	OnceDone
	MapOp
	PoolGet
	PoolPut
	ChanSend
	ChanRecv
	ChanClose
	ChanLen
	Select
	Forever
	Gosched
	Now
	Sleep
	TimerStart
	TimerStop
	TimerFires
	ContextErr
	ContextChild
	ContextStop
	ContextCancel
	Cancellation
)

var kinds = [...]string{
	AtomicLoad: "atomic.Load", AtomicStore: "atomic.Store", AtomicSwap: "atomic.Swap", AtomicCAS: "atomic.CompareAndSwap",
	AtomicAdd: "atomic.Add", AtomicAnd: "atomic.And", AtomicOr: "atomic.Or",
	Lock: "Lock", TryLock: "TryLock", Unlock: "Unlock", WriterWaits: "Lock (for the readers)", RLock: "RLock", TryRLock: "TryRLock", RUnlock: "RUnlock",
	CondWait: "Cond.Wait", CondWake: "Cond.Wait (until woken)", CondSignal: "Cond.Signal", CondBroadcast: "Cond.Broadcast",
	WaitGroupAdd: "WaitGroup.Add", WaitGroupWait: "WaitGroup.Wait", OnceDo: "Once.Do", OnceDone: "Once.Do (done)",
	MapOp: "sync.Map", PoolGet: "Pool.Get", PoolPut: "Pool.Put",
	ChanSend: "send", ChanRecv: "receive", ChanClose: "close", ChanLen: "len", Select: "select", Forever: "select {}",
	Gosched: "Gosched", Now: "time.Now", Sleep: "Sleep", TimerStart: "timer starts", TimerStop: "timer stops", TimerFires: "timer fires",
	ContextErr: "Context.Err", ContextChild: "child of a Context", ContextStop: "stop (of AfterFunc)", ContextCancel: "cancel", Cancellation: "cancelled",
}

func (k Kind) String() string { return kinds[k] }
