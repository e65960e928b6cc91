// Package atomic has what the tests need of the real shim.
package atomic

import "sync/atomic"

type (
	Int64          struct{ atomic.Int64 }
	Int32          struct{ atomic.Int32 }
	Uint32         struct{ atomic.Uint32 }
	Uint64         struct{ atomic.Uint64 }
	Uintptr        struct{ atomic.Uintptr }
	Bool           struct{ atomic.Bool }
	Value          struct{ atomic.Value }
	Pointer[T any] struct{ atomic.Pointer[T] }
)

func AddInt64(p *int64, n int64) int64     { return atomic.AddInt64(p, n) }
func LoadInt64(p *int64) int64             { return atomic.LoadInt64(p) }
func LoadUint64(p *uint64) uint64          { return atomic.LoadUint64(p) }
func StoreUint64(p *uint64, n uint64)      { atomic.StoreUint64(p, n) }
func StoreInt64(p *int64, n int64)         { atomic.StoreInt64(p, n) }
func AddUint64(p *uint64, n uint64) uint64 { return atomic.AddUint64(p, n) }
func CompareAndSwapUint64(p *uint64, old, n uint64) bool {
	return atomic.CompareAndSwapUint64(p, old, n)
}
