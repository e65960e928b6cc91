package main

import (
	"errors"
	. "sync"
	"time"
	"unsafe"
)

type (
	mutex      Mutex
	alias      = RWMutex
	opt[T any] struct {
		Mutex
		sync *Cond
		v    T
		m    map[string]*Once
		wait func(*WaitGroup)
	}
	lock interface {
		Locker
		TryLock() bool
	}
	both struct {
		*alias
		Map
		Pool
	}
)

func (m *mutex) with(f func()) {
	(*Mutex)(m).Lock()
	defer (*Mutex)(m).Unlock()
	f()
}

func guarded[L Locker, T any](l L, f func() T) T {
	l.Lock()
	defer l.Unlock()
	return f()
}

func must[P interface {
	*T
	Locker
}, T any](f func(P)) (t T) {
	f(&t)
	return t
}

func locks() {
	var m mutex
	m.with(func() { line("with") })
	o := opt[int]{sync: NewCond(&Mutex{}), m: map[string]*Once{"a": {}}, wait: (*WaitGroup).Wait}
	o.sync.L.Lock()
	o.sync.Broadcast()
	o.sync.L.Unlock()
	o.m["a"].Do(func() { line("once") })
	line(guarded(&o, func() string { return "guarded" }))
	var l lock = &o
	line(l.TryLock(), l.TryLock(), o.TryLock())
	unlock := o.Unlock
	unlock()
	lock := (*Mutex).Lock
	lock(&o.Mutex)
	defer o.Unlock()
	b := both{alias: &alias{}}
	b.RLock()
	b.RLocker().Unlock()
	b.Store(1, 2)
	v, ok := b.Load(1)
	b.New = func() any { return 7 }
	b.Put(6)
	line(v, ok, b.Get() != nil)
	for k, v := range b.Range {
		line(k, v)
	}
	var w WaitGroup
	n := 0
	w.Go(func() { n++ })
	o.wait(&w)
	f := OnceValue(func() int { n++; return n })
	g := OnceValues(func() (int, error) { return n, errors.New("e") })
	h := OnceFunc(func() { n++ })
	h()
	line(f(), f())
	h()
	line(g())
	var once = map[*Once]bool{new(Once): true}
	arr := [2]Mutex{}
	for i := range arr {
		arr[i].Lock()
	}
	_ = must(func(m *Mutex) { m.Lock() })
	line(len(once), unsafe.Sizeof(arr) > 0, n)
	t := time.AfterFunc(time.Hour, func() {})
	line(t.Stop(), t.Reset(time.Hour), t.Stop())
	switch x := any(&o.Mutex).(type) {
	case *RWMutex:
		line("no")
	case Locker:
		line("locker", x.(*Mutex) == &o.Mutex)
	}
	var tm <-chan time.Time = time.NewTimer(0).C
	line((<-tm).IsZero(), time.Until(time.Now().Add(time.Minute)) > 0)
	defer func(m *Mutex) { m.Unlock() }(&arr[0])
}
