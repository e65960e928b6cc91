// Package vigil gives back what goroutines held that have ended: a socket, a lock on a server, a file, whatever has to be
// closed or returned once, however its user ended.
//
// A [Keeper] keeps vigils. [Bind] puts a resource under one and gives a [Guard]. A [Worker] is a function that a keeper
// runs, and what is bound with its context comes back when it has ended: by return, panic or [runtime.Goexit]. So
// does what was bound with a context that has ended, or on a [Lease] that was not renewed; and, as the last resort,
// what nobody can reach any more. Whatever comes first decides: the resource is reclaimed once, and the [Record] of it
// has the cause. A [Pool] lends resources in this way.
//
//	err := keeper.Go(ctx, "copy", func(ctx context.Context) error {
//		guard, err := pool.Acquire(ctx)
//		if err != nil {
//			return err
//		}
//		return guard.Use(copyAll) // and whatever becomes of copyAll, the connection comes back
//	}).Wait()
//
// # What the runtime does not tell
//
// A goroutine has no death notice and no locals, so a vigil is kept from what can be known. It pays to know
// what cannot:
//
//   - Liveness ends at the last mention. The compiler forgets a variable after its last use, not at the end of its
//     scope: a guard without a worker that is not mentioned again may be Dropped while its function still works
//     with what it carried out of a Use. So work within Use, which keeps the guard; or release it at the end, by defer,
//     which mentions it; or bind it to a worker, which keeps it until the worker has ended.
//   - What is reached cannot be dropped. If R, or reclaim, or an Interrupt leads to the guard (by a closure that
//     mentions it, a struct that has it as a field), the keeper itself leads to it, and it is never Dropped. A
//     context of a kind that package context does not know, and one that descends from a context that can end and
//     lives on, keep what their values lead to.
//   - A goroutine that is blocked for ever is never collected, nor is what it holds. [Keeper.Sweep] can find some
//     of those; nobody can end them.
//   - Labels are replaced, not added: see [Keeper.Watch], which hears of the end of goroutines that others have started.
//   - When the collector runs is its own affair, in an idle process once in two minutes. What is Dropped has leaked, and is
//     reported as that (Options.OnLeak), to be mended. Nothing should rest on it.
//
// The user's functions never run on the goroutines on which the runtime runs cleanups: one that blocks there stops
// the cleanups of others, and one that exits stops them all. A cleanup only queues; reclaimers reclaim.
//
// # In a bubble
//
// All but Dropped, Deadlocked and Watch is deterministic in a bubble of [testing/synctest], leases to the nanosecond.
// What the collector finds is reclaimed outside of the bubble, where touching a channel or a timer of it ends the process. So
// give the keeper of such a test Manual, collect, and call Flush in the bubble. (Ended of such a record is by the real
// clock.) A context whose Done was first asked for outside of the bubble belongs there, as does what Done returned there.
//
// # Where it comes from
//
// PyMongo bound a socket to a thread, and had a callback on an object in the thread's locals, its vigil, bring the
// socket back when the thread had died. A. Jesse Jiryu Davis, who told the story, found what can go wrong with it:
// callbacks that were lost, some of 10,000; one that took a lock which the collector had already; thread ids that were used again,
// and gave one socket to two; a vigil that ended too early. Each has its test here. The rest is from Erlang's monitors,
// Rust's Drop, Java's Cleaner, and the leak detection of database pools.
package vigil
