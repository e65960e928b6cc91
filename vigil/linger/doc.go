// Package linger closes a TCP connection without destroying what is still on its way to the peer.
//
// # Why
//
// If a socket is closed while its receive buffer holds input that nobody has read, the kernel does not end
// the connection, it resets it: that tells the peer that data was lost. But the reset overtakes the data of the other
// direction. What this side has written, and the peer not yet read, is thrown away, and the peer gets "connection
// reset by peer" in place of the end of its answer. A server that answers before it has read the whole of a request,
// to refuse it, say, meets this sooner or later: on loopback in each attempt, and elsewhere now and then, as
// it depends on who is faster.
//
// So: end the output, which sends what was written and then FIN, and read until the peer ends its side too. By then it
// has got everything, or will not want it any more. That is what [Close] does, within bounds.
//
// A nil error from Write is not delivery. It says that the kernel has a copy. Only the peer can say that
// it has got the data, and Result.PeerClosed is the least that it can say: it has closed its side. Whether it had
// read all before that its protocol must tell.
//
// # Does SO_LINGER help any?
//
// No. It makes Close wait for what the peer has not acknowledged; it changes nothing about the reset for input that was
// not read, and with 0 it asks for a reset. The test TestTable has a client with a receive buffer of 4,096 bytes
// send two bytes. The server reads one, writes 262,144 and closes; then the client reads, promptly or
// 700 ms late. It got, in each of 20 attempts on linux:
//
//	                           read promptly             read late
//	Close                      4096 bytes, reset         4096 bytes, reset
//	SetLinger(0), Close        4096 bytes, reset         4096 bytes, reset
//	SetLinger(5), Close        4096 bytes, reset         4096 bytes, reset
//	CloseWrite, 500 ms, Close  262144 bytes, EOF         4096 bytes, reset
//	linger.Close               262144 bytes, EOF         262144 bytes, EOF
//
// A fixed delay (the fourth row is what net/http does) is right for readers that are faster, and makes all
// others wait for nothing.
//
// Twelve clients that go through 1,000 connections each to one server, which closes them so, see no reset (TestLoops).
//
// # When the wait ends too early
//
// Options.Idle and Options.MaxWait end the wait for a peer that neither sends nor closes, or never stops sending. The socket is closed
// then, but what was written is not lost with it: the kernel goes on sending what it has, for a minute or more, and the peer
// gets it however late it reads, unless it sends more: the answer to that is a reset. Options.MaxDrain and a context that ends may
// leave input unread, and that is a reset at once.
//
// # A reset before any data
//
// If clients are reset before they have got a single byte, look at the listen backlog first. A connection is
// established when the kernel has accepted it, whether or not the program ever does: connections that nobody accepts fill the
// backlog, clients write to them without an error, and when the listener goes, or if the system is set up
// to refuse so (tcp_abort_on_overflow), they are reset. No way to close helps against that. Those
// that find the backlog full do not get so far: they try until they give up, with a timeout ([IsReset] is
// false for ETIMEDOUT), or are refused (ECONNREFUSED, false as well). IsReset cannot know more than the
// error does: how many bytes had been read before it only the caller can count. None, and it is likely to be
// the backlog, or a server that died; some, and the peer closed with input unread.
package linger
