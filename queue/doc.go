// Package queue passes items between goroutines: one queue type in three orders, with
// contexts everywhere.
//
// A [Queue] is first in first out ([New]), last in first out ([NewLIFO]) or by
// priority ([NewPriority]); bounded, unbounded, or a rendezvous. Beside Put and Get
// it has batches, room that is reserved before there is an item ([Queue.Reserve]), a
// get from whichever of several queues has something ([GetAny]), two ways to close,
// and a Join that waits until all that was put is finished.
//
// Nothing is lost, doubled, overtaken or stranded, however contexts end. What each
// method does when its context ends, when the queue is closed, and who comes first is
// said at [Queue].
package queue
