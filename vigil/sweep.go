package vigil

import (
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
)

// Sweep looks for workers that are blocked for ever, on a channel or a lock that nobody else can reach any more, and
// returns the live guards that they keep, with Deadlocked. It reclaims nothing: what such a goroutine holds it holds
// for good, and only you can tell whether the process should go on. OnLeak hears of each guard once.
//
// It needs the goroutineleak profile of package runtime/pprof, which Go 1.27 has and Go 1.26 if it was built with
// GOEXPERIMENT=goroutineleakprofile, and a keeper with Labels. Else it returns [ErrUnsupported]. It runs a
// collection, which ctx does not interrupt. A ctx that has ended comes first: ctx.Err(). A nil one panics.
//
// It does not find a worker that waits for its own context, which the keeper can end, or for what the R or the reclaim of
// one of its guards leads to, which the keeper reaches. Nor does it find one that has changed its labels, or is blocked
// more than 128 calls deep, which is where the profile cuts.
func (k *Keeper) Sweep(ctx context.Context) ([]Record, error) {
	if ctx == nil {
		panic("vigil: a nil context")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	profile := pprof.Lookup("goroutineleak")
	if profile == nil || !k.o.Labels {
		return nil, ErrUnsupported
	}
	var text strings.Builder
	if err := profile.WriteTo(&text, 1); err != nil {
		return nil, fmt.Errorf("vigil: the goroutineleak profile: %w", err)
	}
	blocked := k.among(text.String())
	var found, fresh []Record
	k.lock()
	for w := range blocked {
		for e := w.home.first; e != nil; e = e.next {
			if !e.live() {
				continue
			}
			r := e.record()
			r.Cause = Deadlocked
			found = append(found, r)
			if x := e.more(); !x.swept {
				x.swept = true
				fresh = append(fresh, r)
			}
		}
	}
	k.mu.Unlock()
	slices.SortFunc(found, byID)
	slices.SortFunc(fresh, byID)
	each(fresh, func(r Record) { k.tell(k.o.OnLeak, r) })
	return found, nil
}

// among returns the workers that the text of a profile tells of: those whose label a goroutine has that is in
// the worker's own function. The goroutines that a worker has started have its label too.
func (k *Keeper) among(text string) map[*Worker]bool {
	k.lock()
	labels := map[string]*Worker{}
	for h := range k.homes() {
		if w := h.worker; w != nil {
			labels[fmt.Sprintf("%q:%q", idLabel, fmt.Sprint(w.id))] = w
		}
	}
	k.mu.Unlock()
	keeper := fmt.Sprintf("%q:%q", keeperLabel, fmt.Sprintf("%p", k))

	blocked := map[*Worker]bool{}
	for goroutine := range strings.SplitSeq(text, "\n\n") {
		_, line, ok := strings.Cut(goroutine, "\n# labels: {")
		line, stack, _ := strings.Cut(line, "}\n")
		if !ok || !strings.Contains(line, keeper) || !strings.Contains(stack, "/vigil.(*Worker).labelled+") {
			continue
		}
		for label := range strings.SplitSeq(line, ", ") {
			if w := labels[label]; w != nil {
				blocked[w] = true
			}
		}
	}
	return blocked
}
