// Package explore runs a small concurrent scenario under every interleaving of its
// goroutines, and shows the one that breaks it.
//
// A scenario is a test whose name begins with TestExplore. Its body makes what is
// shared and starts goroutines; it runs alone, before they do:
//
//	func TestExploreCounter(t *testing.T) {
//		explore.Check(t, explore.Options{}, func(s *explore.S) {
//			var n atomic.Int64
//			for _, name := range []string{"a", "b"} {
//				s.Go(name, func() { n.Store(n.Load() + 1) })
//			}
//			s.End(func() { s.Assert(n.Load() == 2, "n is %d", n.Load()) })
//		})
//	}
//
// The code is ordinary code. The command rewrites a copy of the packages that it
// is given, so that each operation on a mutex, an atomic, a channel, a timer or a
// context asks a scheduler first, and runs their scenarios:
//
//	go run github.com/petiole-go/petiole/explore/cmd/explore ./mypackage
//
// Without the command, in a plain go test, Check runs the scenario 1,000 times with
// real goroutines, as stress: a right program passes either way.
//
// # What a schedule may do
//
// Goroutines run one at a time, and any that can go on may be next before each
// operation. A cancellation ([S.Cancelable]) comes at any moment, or never. Timers
// fire on a virtual clock in the order of their times, also while others could go
// on. Which ready case a select takes is tried both ways. Nobody can tell whether a
// goroutine that is about to wait at a channel waits already, so a select with a
// default may go either way where it meets one.
//
// A goroutine that yields (runtime.Gosched) a second time while others could have
// gone has to let those go first, or it could spin for ever; likewise the clock, at
// each tick of a ticker and every fourth of the other timers. A select takes a case
// that was ready and not taken three times in a row. Schedules in which something
// spins longer are not run, and the table then says "1 yield" beside the bound.
// Options.Yields has more of them run.
//
// # What is not covered
//
// Go's atomics are sequentially consistent, and so are the steps here: a program
// with a data race may do more than any schedule shows. The flag -race of the
// command looks for those in every schedule. What a goroutine does by way of a
// package that is not rewritten (a pipe, a socket, reflection) the scheduler cannot
// see: a goroutine that blocks there is reported as unsupported. A goroutine of
// somebody else's, a test beside this one, waits until the run is over where it comes
// to an operation; if it wants what the scenario uses, that is reported as
// nondeterministic. sync.Map.Range goes through the keys in the order in which they
// came, which a real one does not. TryLock and TryRLock of an RWMutex fail only if the
// lock is held; real ones may also fail while another is on its way in or out. Time
// goes on only where a timer fires, so a loop that looks at the clock until a deadline
// has passed, without sleeping, is a livelock. A schedule has at most 62 goroutines and
// cancellations, and a choice 256 ways.
//
// What stands for a mutex, an atomic or a timer is a type of this module with its own
// fields: reflection sees those (reflect.DeepEqual, ==, %v of a struct that holds one),
// and so does unsafe.Sizeof. An unsafe.Pointer that makes such a type of other memory is
// refused, where it can be seen.
//
// The idea is that of stateless model checking (Godefroid's VeriSoft), the bound
// that of CHESS (Musuvathi and Qadeer), the reduction sleep sets, the random
// schedules PCT (Burckhardt et al.).
package explore
