// Package queue passes items between goroutines: one queue type in three orders, in which
// whatever may wait takes a context.
//
// A [Queue] is first in first out ([New]), last in first out ([NewLIFO]) or by
// priority ([NewPriority]); bounded, unbounded, or a rendezvous. Beside Put and Get
// it has batches, room that is reserved before there is an item ([Queue.Reserve]), a
// get from whichever of several queues has something ([GetAny]), two ways to close,
// and a Join that waits until all that was put is finished.
//
// No accepted item is lost or taken twice, and no waiter is overtaken or forgotten,
// however contexts end. What happens when a context ends, when the queue is closed, and
// who comes first is said at [Queue].
package queue
