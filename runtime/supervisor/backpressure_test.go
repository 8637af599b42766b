package supervisor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"netmeshos/runtime/control"
	"netmeshos/runtime/supervisor"
)

func on(level float32) control.Event {
	return control.Event{Kind: control.BackpressureOn, Level: level}
}

var off = control.Event{Kind: control.BackpressureOff}

func TestBackpressure(t *testing.T) {
	type step struct {
		waiting, peak uint64
		want          []control.Event
	}
	config := supervisor.BackpressureConfig{Capacity: 100, On: 50, Off: 20}
	for _, c := range []struct {
		rule  string
		steps []step
	}{
		{"nothing waits", []step{{0, 0, nil}}},
		{"just below the mark", []step{{49, 49, nil}}},
		{"at the mark", []step{{50, 50, []control.Event{on(0.5)}}}},
		{"it stays on between the marks", []step{{50, 50, []control.Event{on(0.5)}}, {45, 50, nil}}},
		{"it goes off below the lower mark only", []step{{50, 50, []control.Event{on(0.5)}}, {20, 20, []control.Event{on(0.2)}}, {19, 19, []control.Event{off}}, {19, 19, nil}}},
		{"a higher level is told by steps", []step{{50, 50, []control.Event{on(0.5)}}, {59, 59, nil}, {61, 61, []control.Event{on(0.61)}}, {100, 100, []control.Event{on(1)}}}},
		{"a lower level too", []step{{90, 90, []control.Event{on(0.9)}}, {81, 81, nil}, {79, 79, []control.Event{on(0.79)}}}},
		{"the level is at most 1", []step{{250, 250, []control.Event{on(1)}}}},
		{"a peak that is over is told all the same", []step{{10, 70, []control.Event{on(0.7), off}}}},
		{"a peak that is falling", []step{{30, 70, []control.Event{on(0.7), on(0.3)}}}},
		{"on again after off", []step{{60, 60, []control.Event{on(0.6)}}, {0, 60, []control.Event{off}}, {60, 60, []control.Event{on(0.6)}}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			b := supervisor.NewBackpressure(config)
			for i, s := range c.steps {
				if got := b.Update(s.waiting, s.peak); !slices.Equal(got, s.want) {
					t.Errorf("step %d: %v, want %v", i, got, s.want)
				}
			}
		})
	}
}

// The supervisor is woken only for numbers that are out of bounds, so within
// them there must be nothing to say: else a change would go unnoticed.
func TestBoundsMissNothing(t *testing.T) {
	for _, config := range []supervisor.BackpressureConfig{
		{Capacity: 1, On: 1, Off: 1},
		{Capacity: 10, On: 8, Off: 2},
		{Capacity: 100, On: 50, Off: 50},
		{Capacity: 1000, On: 800, Off: 1},
		{Capacity: 777, On: 333, Off: 100},
		{Capacity: 65_536, On: 1000, Off: 200},
		{Capacity: 10, On: 15, Off: 12}, // marks that many inboxes reach together
	} {
		t.Run(fmt.Sprintf("%+v", config), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, config.Capacity))
			b := supervisor.NewBackpressure(config)
			for range 300 {
				from, to := b.Bounds()
				for _, waiting := range []uint64{0, from - 1, from, from + 1, (from + to) / 2, to - 2, to - 1, to, to + 1, random.Uint64N(config.Capacity * 2)} {
					if waiting > math.MaxInt64 {
						continue
					}
					probe := *b
					tell := probe.Update(waiting, waiting)
					if waiting >= from && waiting < to && len(tell) > 0 {
						t.Fatalf("bounds %d..%d of %+v: %d is within, and tells %v", from, to, *b, waiting, tell)
					}
				}
				b.Update(random.Uint64N(config.Capacity*3/2), random.Uint64N(config.Capacity*3/2))
			}
		})
	}
}
