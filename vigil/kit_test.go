package vigil_test

import (
	"context"
	"sync"
	"testing"

	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// A diary keeps what a keeper reports, and which resources were reclaimed.
type diary struct {
	mu        sync.Mutex
	reclaimed []int          // resources, in order
	records   []vigil.Record // of OnReclaim
	leaks     []vigil.Record // of OnLeak
}

// keeper makes a keeper that writes into d.
func (d *diary) keeper(o vigil.Options) *vigil.Keeper {
	o.OnReclaim = func(r vigil.Record) { d.write(func() { d.records = append(d.records, r) }) }
	o.OnLeak = func(r vigil.Record) { d.write(func() { d.leaks = append(d.leaks, r) }) }
	return vigil.New(o)
}

func (d *diary) write(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// reclaim is for Bind.
func (d *diary) reclaim(r int, _ vigil.Record) error {
	d.write(func() { d.reclaimed = append(d.reclaimed, r) })
	return nil
}

// read returns copies of what d has.
func (d *diary) read() (reclaimed []int, records, leaks []vigil.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]int(nil), d.reclaimed...), append([]vigil.Record(nil), d.records...), append([]vigil.Record(nil), d.leaks...)
}

// causes returns those of the records, in order.
func (d *diary) causes() (all []vigil.Cause) {
	_, records, _ := d.read()
	for _, r := range records {
		all = append(all, r.Cause)
	}
	return all
}

// bind binds r, which must succeed.
func bind(t *testing.T, ctx context.Context, k *vigil.Keeper, d *diary, r int, o ...vigil.BindOption) *vigil.Guard[int] {
	t.Helper()
	g, err := vigil.Bind(ctx, k, r, d.reclaim, o...)
	require.NoError(t, err)
	return g
}

// lawful reports whether the law of Stats holds.
func lawful(s vigil.Stats) bool {
	sum := s.Live + s.Pending + s.Detached
	for _, n := range s.Reclaimed {
		sum += n
	}
	return s.Bound == sum
}

// conserved fails the test unless the law of Stats holds.
func conserved(t *testing.T, s vigil.Stats) {
	t.Helper()
	require.True(t, lawful(s), "%+v", s)
}

// gone requires that g's vigil has ended, whatever one tries.
func gone(t *testing.T, g *vigil.Guard[int]) {
	t.Helper()
	require.ErrorIs(t, g.Use(func(int) error { return nil }), vigil.ErrReclaimed)
	require.ErrorIs(t, g.Release(), vigil.ErrReclaimed)
	require.False(t, g.Beat())
	_, ok := g.Detach()
	require.False(t, ok)
}

// closed reports whether c is closed.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
