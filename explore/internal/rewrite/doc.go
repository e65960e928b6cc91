// Package rewrite makes copies of Go packages that run under explore's scheduler,
// and an overlay with which the go command builds the copies in place of the
// originals. The originals are read only.
//
// # What is changed
//
// The imports of sync, sync/atomic, time and context (and of the toolkit's own way to take
// a mutex, which spins) name the shims. What the
// language does by itself becomes a call of the shim lang, one operation at a time,
// while all types stay what they are:
//
//	ch <- v                 lang.Send(ch)(v)
//	<-ch                    lang.Recv(ch), or Recv2 where two values are wanted
//	for v := range ch       a for statement that calls Recv2
//	close(ch), len(ch)      lang.Close(ch), lang.LenRecv(ch) or LenSend; cap of a timer's
//	select                  a switch over lang.Select
//	go f(x)                 lang.Go of a function that holds f and x
//	runtime.Gosched         lang.Gosched
//
// # How
//
// By edits of the text: [writer] copies the source and puts something else where
// an operation stands. Operations nest (a select may have a function literal in
// the channel of a case, which has a select), so an edit says only what goes round
// its operands, and these are written by the same writer, each once, in whatever
// order the edit wants. Three things hold:
//
//	R1. Every byte that is not part of an operation is copied, comments included.
//	R2. What is copied keeps its line: where it would not, a /*line*/ directive
//	    goes before it. Text that is put in has no newline.
//	R3. What is put in uses no name that the package could mean otherwise: a
//	    prefix that no identifier of the package has, and nothing predeclared.
//
// An AST that is printed again, the obvious way, keeps neither comments nor lines.
//
// Types decide, not spelling: a function of the package that is called close is
// left alone, and a range over a type parameter is looked at through its type set.
// They come from go/types, with the export data that `go list -export` names.
//
// # What cannot be rewritten
//
// It is an error with its place, and nothing is written: cgo, channel operations
// by reflection, //go:linkname into what the shims replace, an unsafe.Pointer that makes
// a lock of something else. A value of a type that
// the shims replace (a *sync.Mutex) which is passed to a package that is not
// rewritten is left to the compiler, which knows best, and [Result.Explain] puts
// its message into words.
package rewrite
