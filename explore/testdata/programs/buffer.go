package programs

import "sync"

// A Buffer holds one item.
type Buffer struct {
	mu      sync.Mutex
	changed sync.Cond // all wait for this: whoever changes the buffer has to wake all
	items   []int
}

func NewBuffer() *Buffer {
	b := &Buffer{}
	b.changed.L = &b.mu
	return b
}

func (b *Buffer) Put(v int) { b.put(v, b.changed.Broadcast) }
func (b *Buffer) Get() int  { return b.get(b.changed.Broadcast) }

// BUG: Signal wakes one, which may be one that waits for the opposite.
func (b *Buffer) BrokenPut(v int) { b.put(v, b.changed.Signal) }
func (b *Buffer) BrokenGet() int  { return b.get(b.changed.Signal) }

func (b *Buffer) put(v int, wake func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.items) == 1 {
		b.changed.Wait()
	}
	b.items = append(b.items, v)
	wake()
}

func (b *Buffer) get(wake func()) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.items) == 0 {
		b.changed.Wait()
	}
	v := b.items[0]
	b.items = b.items[1:]
	wake()
	return v
}

// HastyGet does not look again when it wakes.
func (b *Buffer) HastyGet() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.items) == 0 {
		b.changed.Wait()
	}
	v := b.items[0] // BUG: another may have come first, and taken it
	b.items = b.items[1:]
	b.changed.Broadcast()
	return v
}
