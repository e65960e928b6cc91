// # Explore your own code
//
// Five programs that go wrong, and what is seen of it. All of them are in
// testdata/programs, a module like yours, beside versions that are right; they
// import nothing of petiole. This is the first:
//
//	func BrokenIncrement(n *atomic.Int64) {
//		old := n.Load()
//		n.Store(old + 1) // BUG: what others have added since the Load is lost
//	}
//
// A scenario says what may happen at once, and what must hold. Keep it as small as
// the bug that you fear: two or three goroutines, a few operations each. It is
// a test of your package, in package or package_test:
//
//	func increments(t *testing.T, increment func(*atomic.Int64)) {
//		explore.Check(t, explore.Options{}, func(s *explore.S) {
//			var n atomic.Int64
//			s.Go("a", func() { increment(&n) })
//			s.Go("b", func() { increment(&n) })
//			s.End(func() { s.Assert(n.Load() == 2, "2 increments, and n is %d", n.Load()) })
//		})
//	}
//
//	func TestExploreCounterBroken(t *testing.T) { increments(t, BrokenIncrement) }
//
// Under go test this is stress, and passes more often than not. Under the command,
//
//	go get -tool github.com/petiole-go/petiole/explore/cmd/explore
//	go tool explore -run Counter -html pictures ./...
//
// it fails in a millisecond, and in the same way every time:
//
//	scenario                                threads x steps  bound          schedules  exhausted          time
//	programs.TestExploreCounter             2 x 2            2 preemptions  2          yes                265µs
//	programs.TestExploreCounterBroken       2 x 4            2 preemptions  3          FAILED: assertion  634µs
//
//	assertion: 2 increments, and n is 1
//	TestExploreCounterBroken, schedule 3, 4 steps, 1 preemptive switch
//
//	  1  a  atomic.Load #1   counter.go:8
//	> 2  b  atomic.Load #1   counter.go:8  preempts a
//	  3  b  atomic.Store #1  counter.go:9
//	  4  a  atomic.Store #1  counter.go:9
//
//	trace: 1,2x2
//
// Read it from the top: each line is an operation that others can see, #1 is the
// first object that the schedule touched, and > marks where the scheduler took a
// goroutine off that could have gone on. There is no schedule with fewer of these
// that fails. The trace is the schedule. The command prints how to run it again,
//
//	go run github.com/petiole-go/petiole/explore/cmd/explore -run '^TestExploreCounterBroken$' -replay '1,2x2' example.com/programs
//
// so that you can put a print into the code, or a debugger on it, and see the same
// thing again. The picture is in the directory pictures: a lane for each goroutine,
// in one file for a browser. The right version (n.Add(1)) has two schedules, and
// "yes" says that none is missing.
//
// # Two locks
//
// Who transfers from one purse to the other locks both. Two who transfer in
// opposite directions wait for each other:
//
//	from.mu.Lock()
//	defer from.mu.Unlock()
//	to.mu.Lock() // BUG: who transfers the other way holds this and waits for from
//
// A deadlock needs no assertion. It is told with who waits for what:
//
//	deadlock: nobody can go on: 2 goroutines wait
//	TestExploreTransferBroken, schedule 4, 2 steps, 1 preemptive switch
//
//	  1  there  Lock #1  transfer.go:26
//	> 2  back   Lock #2  transfer.go:26  preempts there
//
//	waiting:
//	  there  Lock #2  transfer.go:28
//	  back   Lock #1  transfer.go:28
//
// # A pool of workers
//
// FirstError starts a goroutine for each job and returns at the first error. With
// an unbuffered channel nobody receives what comes later:
//
//	for _, job := range jobs {
//		go func() { results <- job() }()
//	}
//	for range jobs {
//		if err := <-results; err != nil {
//			return err
//		}
//	}
//	return nil
//
// The caller gets its error, and a test of what it returns passes. But a scenario
// ends when all its goroutines have, those too that the code under test has
// started. One that never does is a deadlock:
//
//	deadlock: nobody can go on: a goroutine waits
//	TestExplorePoolBroken, schedule 1, 1 step, 0 preemptive switches
//
//	  1  caller  receive #1  with goroutine 2  pool.go:17
//
//	waiting:
//	  goroutine 3  send #1  pool.go:14
//
// # A bounded buffer
//
// A buffer of one item has producers that wait for room and consumers that wait
// for an item, at one sync.Cond. With Signal in the place of Broadcast, the one
// that it wakes may be one who waits for the opposite. It takes two consumers and
// two items to see it, and no preemption at all, only an unlucky order:
//
//	  13  consumer 1  Cond.Wait (until woken) #3  buffer.go:39
//	  14  consumer 1  Lock #1                     buffer.go:39
//	  15  consumer 1  Cond.Signal #2              buffer.go:43
//	  16  consumer 1  Unlock #1                   buffer.go:44
//	  17  consumer 2  Cond.Wait (until woken) #4  buffer.go:39
//	  18  consumer 2  Lock #1                     buffer.go:39
//	  19  consumer 2  Cond.Wait #2                buffer.go:39
//	  20  consumer 2  Unlock #1                   buffer.go:39
//
//	waiting:
//	  producer    Cond.Wait (until woken) #5  buffer.go:29
//	  consumer 2  Cond.Wait (until woken) #6  buffer.go:39
//
// The other mistake, an "if" round Cond.Wait where a "for" belongs, is a panic in
// another of its schedules.
//
// # Cancelled at the worst moment
//
// Dial opens a connection in a goroutine of its own, and gives up if its context
// ends first:
//
//	select {
//	case c := <-opened:
//		return c, nil
//	case <-ctx.Done():
//		return nil, ctx.Err() // BUG: the connection that comes, or is there, stays open
//	}
//
// The context of the scenario is s.Cancelable's, which is cancelled at every moment
// there is, and in some schedules never. Here it comes when the connection is
// there already, and the select has the choice (the mark * is an event, which no
// goroutine does):
//
//	assertion: 1 connection is left open
//	TestExploreDialBroken, schedule 4, 4 steps, 0 preemptive switches
//
//	  1  goroutine 3  atomic.Add #4               dial.go:12
//	  2  goroutine 3  send #2                     dial.go:33
//	* 3  ctx          cancelled #1                ?           event
//	  4  client       select #2      case 2 of 2  dial.go:34
//
// # What to do when
//
//   - The search takes too long: make the scenario smaller, one goroutine or one
//     operation fewer. Then Preemptions: -1, whose reduction is strong where
//     goroutines mostly touch different things; or Preemptions: 1. What is left is
//     Random, which shows bugs and proves nothing.
//   - "nondeterministic": the scenario keeps something from one schedule to the
//     next, ranges over a map, draws random numbers, reads the real clock, or shares
//     something with a goroutine that the scheduler does not see. Make all that is
//     shared in its body.
//   - "unsupported": a goroutine waits where the scheduler cannot see it. If that is
//     in another module, name it with -also; sockets, pipes and files have to be
//     kept out of a scenario.
//   - "livelock": a loop goes round until another changes something, and does not
//     yield. If it is right so (a spin lock), put runtime.Gosched into it.
//   - It passes, and you do not believe it: break the code on purpose, and see it
//     fail. And run it with -race: what has a data race may do more than any
//     schedule shows.
package explore
