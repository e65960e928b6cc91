// Package gate is for goroutines that wait for a fact: that something has been set up
// ([Event]), that something may have changed ([Cond]), that a result is there ([Promise]).
//
// To wait for a thing that one goroutine takes and another no longer has, use package
// queue or semaphore: a fact holds for all.
//
// Every wait has a context. A fact that holds wins over a context that has ended. A notification,
// which is no fact, wins if it came first: who has a context that has ended does not begin to wait.
//
// Event, Condition and AsyncResult are what Toro called them, for the coroutines of Tornado.
package gate
