package backpressure

import (
	"slices"
	"testing"
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/life"
)

var dawn = time.UnixMilli(1_000_000)

const never = -1

// watched is a monitor that the test drives through time, and what it does.
type watched struct {
	gauge    *Gauge
	monitor  *Monitor
	wakes    int
	sent     []control.Event
	happened []life.Event
	order    []string // "hook" and "send", in the order of the calls
}

func newWatched() *watched {
	w := &watched{}
	w.gauge = NewGauge(func() { w.wakes++ }, nil)
	w.monitor = NewMonitor(Config{Capacity: 10, On: 8, Off: 2}, w.gauge,
		func(e control.Event) { w.sent, w.order = append(w.sent, e), append(w.order, "send") },
		func(e life.Event) { w.happened, w.order = append(w.happened, e), append(w.order, "hook") })
	return w
}

// attend calls Attend at a number of milliseconds after dawn. The result counts from dawn,
// too.
func (w *watched) attend(ms int) (next int) {
	w.sent, w.happened, w.order = nil, nil, nil
	at := w.monitor.Attend(dawn.Add(time.Duration(ms) * time.Millisecond))
	if at.IsZero() {
		return never
	}
	return int(at.Sub(dawn).Milliseconds())
}

var sentOff = control.Event{Kind: control.BackpressureOff}

func sentOn(level float32) control.Event {
	return control.Event{Kind: control.BackpressureOn, Level: level}
}

func TestMonitorOverTime(t *testing.T) {
	type step struct {
		at       int // milliseconds
		add      []int
		sent     []control.Event
		happened []life.Event
		next     int
	}
	for _, c := range []struct {
		rule  string
		steps []step
	}{
		{"on at the high mark, off below the low one", []step{
			{0, nil, nil, nil, never},
			{0, []int{7}, nil, nil, never},
			{0, []int{1}, []control.Event{sentOn(0.8)}, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8}}, 10},
			{10, nil, nil, nil, never},
			{5_000, []int{-6}, []control.Event{sentOn(0.2)}, []life.Event{life.BackpressureOn{Level: 0.2, Waiting: 2}}, 5_010},
			{5_010, nil, nil, nil, never},
			{5_020, []int{-1}, []control.Event{sentOff}, []life.Event{life.BackpressureOff{}}, 5_030},
			{5_030, nil, nil, nil, never},
		}},
		{"nothing is sent within a pause", []step{
			{0, []int{8}, []control.Event{sentOn(0.8)}, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8}}, 10},
			{0, []int{1}, nil, nil, 10},
			{9, []int{1}, nil, nil, 10},
			{10, nil, []control.Event{sentOn(1)}, []life.Event{life.BackpressureOn{Level: 1, Waiting: 10, Quiet: true}}, 20},
			{15, []int{-10}, nil, nil, 20},
			{20, nil, []control.Event{sentOff}, []life.Event{life.BackpressureOff{}}, 30},
			{30, nil, nil, nil, never},
		}},
		{"a peak within a pause is sent after it", []step{
			{0, []int{8}, []control.Event{sentOn(0.8)}, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8}}, 10},
			{3, []int{2, -2}, nil, nil, 10},
			{10, nil, []control.Event{sentOn(1), sentOn(0.8)}, []life.Event{
				life.BackpressureOn{Level: 1, Waiting: 10, Quiet: true},
				life.BackpressureOn{Level: 0.8, Waiting: 10, Quiet: true},
			}, 20},
			{20, nil, nil, nil, never},
		}},
		{"a peak that is over is sent", []step{
			{0, []int{8, -8}, []control.Event{sentOn(0.8), sentOff}, []life.Event{
				life.BackpressureOn{Level: 0.8, Waiting: 8},
				life.BackpressureOff{},
			}, 10},
			{10, nil, nil, nil, never},
		}},
		{"one line a second says on, and an off without an on has no line", []step{
			{0, []int{8}, []control.Event{sentOn(0.8)}, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8}}, 10},
			{10, []int{-8}, []control.Event{sentOff}, []life.Event{life.BackpressureOff{}}, 20},
			{20, []int{8}, []control.Event{sentOn(0.8)}, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8, Quiet: true}}, 30},
			{30, []int{-8}, []control.Event{sentOff}, []life.Event{life.BackpressureOff{Quiet: true}}, 40},
			{40, nil, nil, nil, never},
			{999, []int{8}, []control.Event{sentOn(0.8)}, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8, Quiet: true}}, 1_000},
			{1_009, []int{-8}, []control.Event{sentOff}, []life.Event{life.BackpressureOff{Quiet: true}}, 1_019},
			{1_019, []int{8}, []control.Event{sentOn(0.8)}, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8}}, 1_029},
		}},
		{"still on is logged as soon as a line is allowed", []step{
			{0, []int{8, -8}, []control.Event{sentOn(0.8), sentOff}, []life.Event{
				life.BackpressureOn{Level: 0.8, Waiting: 8},
				life.BackpressureOff{},
			}, 10},
			{500, []int{9}, []control.Event{sentOn(0.9)}, []life.Event{life.BackpressureOn{Level: 0.9, Waiting: 9, Quiet: true}}, 510},
			{510, nil, nil, nil, 1_000},
			{999, nil, nil, nil, 1_000},
			{1_000, nil, nil, []life.Event{life.BackpressureOn{Level: 0.9, Waiting: 9, Still: true}}, never},
			{1_500, []int{1}, []control.Event{sentOn(1)}, []life.Event{life.BackpressureOn{Level: 1, Waiting: 10, Quiet: true}}, 1_510},
			{1_510, nil, nil, nil, never},
			{2_000, []int{-10}, []control.Event{sentOff}, []life.Event{life.BackpressureOff{}}, 2_010},
		}},
		{"still on is logged within a pause, too", []step{
			{0, []int{8, -8}, []control.Event{sentOn(0.8), sentOff}, []life.Event{
				life.BackpressureOn{Level: 0.8, Waiting: 8},
				life.BackpressureOff{},
			}, 10},
			{995, []int{8}, []control.Event{sentOn(0.8)}, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8, Quiet: true}}, 1_000},
			{1_000, nil, nil, []life.Event{life.BackpressureOn{Level: 0.8, Waiting: 8, Still: true}}, 1_005},
			{1_005, nil, nil, nil, never},
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWatched()
			for i, s := range c.steps {
				for _, n := range s.add {
					w.gauge.Add(n)
				}
				next := w.attend(s.at)
				if !slices.Equal(w.sent, s.sent) {
					t.Errorf("step %d, at %d ms: sent %v, want %v", i, s.at, w.sent, s.sent)
				}
				if !slices.Equal(w.happened, s.happened) {
					t.Errorf("step %d, at %d ms: happened %+v, want %+v", i, s.at, w.happened, s.happened)
				}
				if next != s.next {
					t.Errorf("step %d, at %d ms: next at %d ms, want %d", i, s.at, next, s.next)
				}
				if !slices.IsSorted(w.order) { // "hook" sorts before "send"
					t.Errorf("step %d: %v: a daemon may act before the log says why", i, w.order)
				}
			}
		})
	}
}

// The gauge wakes nobody within a pause, when nothing would be sent, and only then.
func TestMonitorMutesTheGaugeWithinAPause(t *testing.T) {
	w := newWatched()
	want := func(what string, n int) {
		t.Helper()
		if w.wakes != n {
			t.Errorf("%s: woken %d times, want %d", what, w.wakes, n)
		}
		w.wakes = 0
	}
	w.gauge.Add(7)
	want("below the high mark", 0)
	w.gauge.Add(1)
	want("at the high mark", 1)
	w.attend(0)
	want("when it is sent", 0)
	w.gauge.Add(1)
	w.gauge.Add(1)
	w.gauge.Add(-9)
	want("out of bounds within the pause", 0)
	w.gauge.Add(7)
	w.attend(10) // the peak is 10, and 8 wait
	want("at the end of the pause, when another begins", 0)
	w.gauge.Add(-8)
	want("within the second pause", 0)
	w.gauge.Add(8)
	w.attend(20)
	want("at the end of the second pause, inside the bounds", 0)
	w.gauge.Add(-1)
	want("a step down", 1)
	w.attend(21)
	w.attend(31)
	w.gauge.Add(-6)
	want("below the low mark", 1)
	if next := w.attend(32); next != 42 || len(w.sent) != 1 || w.sent[0] != sentOff {
		t.Errorf("sent %v, next at %d ms", w.sent, next)
	}
}

func TestMonitorShowsItsState(t *testing.T) {
	w := newWatched()
	for i, s := range []struct {
		add   int
		on    bool
		level float32
	}{{0, false, 0}, {8, true, 0.8}, {2, true, 1}, {-10, false, 0}} {
		w.gauge.Add(s.add)
		w.attend(1_000 * i)
		if on, level := w.monitor.State(); on != s.on || level != s.level {
			t.Errorf("step %d: %v %v, want %v %v", i, on, level, s.on, s.level)
		}
	}
}
