// Package programs has small concurrent programs, each of them right and broken in
// one way. The broken ones pass their tests nearly every time.
package programs
