package compare

import (
	"context"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/openloop"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// queuePingPong asks what a round trip takes: each of the two waits for the other every time.
func queuePingPong() *suite.Comparison {
	tight := func(s suite.Shape) bool { return s.With.(load).capacity <= 1 }
	one := func(capacity, size int, from suite.Level) suite.Shape {
		return load{putters: 1, getters: 1, capacity: capacity, size: size}.shape(from)
	}
	return &suite.Comparison{
		Name:     "queue-ping-pong",
		Question: "Two goroutines send each other one item to and fro over two queues: how long is a round trip?",
		Units:    []string{"ns/op", "p50-ns", "p99-ns", "p999-ns"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"Two Puts and two Gets are one round trip. The time per op is that of round trips in a row that nobody times one by one; the quantiles are of as many before them, each of which is timed, and has a reading of the clock in it.",
			"One item is under way at a time, so nobody stands behind a stall: each counts once. (queue-burst charges those who come meanwhile.)",
			"xsync and Cond have no capacity 0.",
		},
		Impls: pipeImpls(func(b *testing.B, name string, l load) {
			pingPong(b, openSize(name, l.capacity, l.size), openSize(name, l.capacity, l.size))
		}),
		Shapes: []suite.Shape{
			one(1, 1024, suite.Full), one(0, 1024, suite.Full), one(128, 8, suite.Full),
			one(1, 8, suite.Default), one(0, 8, suite.Default),
		},
		Bars: []suite.Bar{
			{Text: "a round trip not slower than with select", Subject: "Queue", Rival: "select", Unit: "ns/op", Max: 1, On: tight},
		},
	}
}

// pingPong sends every item to and fro, and then as many again with a look at the clock after each.
func pingPong(b *testing.B, ping, pong pipe) {
	h := openloop.NewHistogram()
	var sum uint64
	for _, timed := range []bool{true, false} { // the last one's time per trip is what stands
		c := newCrew(b)
		c.add(func(ctx context.Context) {
			for range c.items {
				v, _ := ping.get(ctx, 1)
				pong.put(ctx, v, 1)
			}
		})
		c.add(func(ctx context.Context) {
			clock := openloop.Real()
			last := clock.Now()
			for i := range c.items {
				ping.put(ctx, i, 1)
				v, _ := pong.get(ctx, 1)
				sum += v
				if timed {
					now := clock.Now()
					_ = h.RecordValue(min(int64(now-last), h.HighestTrackableValue()))
					last = now
				}
			}
		})
		c.work()
		c.check(sum)
		sum = 0
	}
	b.ReportMetric(float64(h.ValueAtQuantile(50)), "p50-ns")
	b.ReportMetric(float64(h.ValueAtQuantile(99)), "p99-ns")
	b.ReportMetric(float64(h.ValueAtQuantile(99.9)), "p999-ns")
}
