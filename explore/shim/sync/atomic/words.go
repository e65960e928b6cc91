package atomic

import "unsafe"

// The functions of sync/atomic, on plain words.

//go:norace
func LoadInt32(addr *int32) int32 { return load(object(addr), addr) }

//go:norace
func StoreInt32(addr *int32, val int32) { store(object(addr), addr, val) }

//go:norace
func SwapInt32(addr *int32, new int32) (old int32) { return swap(object(addr), addr, new) }

//go:norace
func CompareAndSwapInt32(addr *int32, old, new int32) (swapped bool) {
	return compareAndSwap(object(addr), addr, old, new)
}

//go:norace
func AddInt32(addr *int32, delta int32) (new int32) { return add(object(addr), addr, delta) }

//go:norace
func AndInt32(addr *int32, mask int32) (old int32) { return and(object(addr), addr, mask) }

//go:norace
func OrInt32(addr *int32, mask int32) (old int32) { return or(object(addr), addr, mask) }

//go:norace
func LoadInt64(addr *int64) int64 { return load(object(addr), addr) }

//go:norace
func StoreInt64(addr *int64, val int64) { store(object(addr), addr, val) }

//go:norace
func SwapInt64(addr *int64, new int64) (old int64) { return swap(object(addr), addr, new) }

//go:norace
func CompareAndSwapInt64(addr *int64, old, new int64) (swapped bool) {
	return compareAndSwap(object(addr), addr, old, new)
}

//go:norace
func AddInt64(addr *int64, delta int64) (new int64) { return add(object(addr), addr, delta) }

//go:norace
func AndInt64(addr *int64, mask int64) (old int64) { return and(object(addr), addr, mask) }

//go:norace
func OrInt64(addr *int64, mask int64) (old int64) { return or(object(addr), addr, mask) }

//go:norace
func LoadUint32(addr *uint32) uint32 { return load(object(addr), addr) }

//go:norace
func StoreUint32(addr *uint32, val uint32) { store(object(addr), addr, val) }

//go:norace
func SwapUint32(addr *uint32, new uint32) (old uint32) { return swap(object(addr), addr, new) }

//go:norace
func CompareAndSwapUint32(addr *uint32, old, new uint32) (swapped bool) {
	return compareAndSwap(object(addr), addr, old, new)
}

//go:norace
func AddUint32(addr *uint32, delta uint32) (new uint32) { return add(object(addr), addr, delta) }

//go:norace
func AndUint32(addr *uint32, mask uint32) (old uint32) { return and(object(addr), addr, mask) }

//go:norace
func OrUint32(addr *uint32, mask uint32) (old uint32) { return or(object(addr), addr, mask) }

//go:norace
func LoadUint64(addr *uint64) uint64 { return load(object(addr), addr) }

//go:norace
func StoreUint64(addr *uint64, val uint64) { store(object(addr), addr, val) }

//go:norace
func SwapUint64(addr *uint64, new uint64) (old uint64) { return swap(object(addr), addr, new) }

//go:norace
func CompareAndSwapUint64(addr *uint64, old, new uint64) (swapped bool) {
	return compareAndSwap(object(addr), addr, old, new)
}

//go:norace
func AddUint64(addr *uint64, delta uint64) (new uint64) { return add(object(addr), addr, delta) }

//go:norace
func AndUint64(addr *uint64, mask uint64) (old uint64) { return and(object(addr), addr, mask) }

//go:norace
func OrUint64(addr *uint64, mask uint64) (old uint64) { return or(object(addr), addr, mask) }

//go:norace
func LoadUintptr(addr *uintptr) uintptr { return load(object(addr), addr) }

//go:norace
func StoreUintptr(addr *uintptr, val uintptr) { store(object(addr), addr, val) }

//go:norace
func SwapUintptr(addr *uintptr, new uintptr) (old uintptr) { return swap(object(addr), addr, new) }

//go:norace
func CompareAndSwapUintptr(addr *uintptr, old, new uintptr) (swapped bool) {
	return compareAndSwap(object(addr), addr, old, new)
}

//go:norace
func AddUintptr(addr *uintptr, delta uintptr) (new uintptr) { return add(object(addr), addr, delta) }

//go:norace
func AndUintptr(addr *uintptr, mask uintptr) (old uintptr) { return and(object(addr), addr, mask) }

//go:norace
func OrUintptr(addr *uintptr, mask uintptr) (old uintptr) { return or(object(addr), addr, mask) }

//go:norace
func LoadPointer(addr *unsafe.Pointer) unsafe.Pointer { return load(object(addr), addr) }

//go:norace
func StorePointer(addr *unsafe.Pointer, val unsafe.Pointer) { store(object(addr), addr, val) }

//go:norace
func SwapPointer(addr *unsafe.Pointer, new unsafe.Pointer) (old unsafe.Pointer) {
	return swap(object(addr), addr, new)
}

//go:norace
func CompareAndSwapPointer(addr *unsafe.Pointer, old, new unsafe.Pointer) (swapped bool) {
	return compareAndSwap(object(addr), addr, old, new)
}
