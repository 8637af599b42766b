package backpressure

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"netmeshos/internal/control"
	"netmeshos/internal/testrand"
)

// sent formats the events of Update: "on 0.8", "off".
func sent(events []control.Event) string {
	words := []string{}
	for _, e := range events {
		switch e.Kind {
		case control.BackpressureOn:
			words = append(words, fmt.Sprintf("on %.4g", e.Level))
		case control.BackpressureOff:
			words = append(words, "off")
		default:
			words = append(words, e.Kind.String())
		}
	}
	return strings.Join(words, ", ")
}

func TestMachineOverTime(t *testing.T) {
	type step struct {
		waiting, peak uint64 // peak 0: as many as wait
		want          string
	}
	standard := Config{Capacity: 65_536, On: 1_000, Off: 200}
	small := Config{Capacity: 10, On: 8, Off: 2}
	for _, c := range []struct {
		name   string
		config Config
		steps  []step
	}{
		{"off below the high mark", standard, []step{{0, 0, ""}, {999, 0, ""}, {200, 0, ""}, {199, 0, ""}}},
		{"on at the high mark, off below the low one", standard, []step{{1_000, 0, "on 0.01526"}, {999, 0, ""}, {200, 0, ""}, {199, 0, "off"}, {999, 0, ""}, {1_000, 0, "on 0.01526"}}},
		{"a peak between two updates is sent", standard, []step{{0, 1_000, "on 0.01526, off"}, {0, 0, ""}}},
		{"a peak, and what is left of it", standard, []step{{1_000, 65_536, "on 1, on 0.01526"}, {199, 0, "off"}}},
		{"the level again for each tenth up", small, []step{{7, 0, ""}, {8, 0, "on 0.8"}, {8, 0, ""}, {9, 0, "on 0.9"}, {10, 0, "on 1"}}},
		{"the level again for each tenth down", small, []step{{10, 0, "on 1"}, {9, 0, "on 0.9"}, {8, 0, "on 0.8"}, {7, 0, "on 0.7"}, {6, 0, "on 0.6"}, {5, 0, "on 0.5"}, {4, 0, "on 0.4"}, {3, 0, "on 0.3"}, {2, 0, "on 0.2"}, {1, 0, "off"}}},
		{"the level rises again below the high mark", small, []step{{8, 0, "on 0.8"}, {3, 0, "on 0.3"}, {3, 0, ""}, {4, 0, "on 0.4"}, {6, 0, "on 0.6"}, {1, 0, "off"}, {7, 0, ""}}},
		{"the level is at most 1", small, []step{{11, 0, "on 1"}, {1_000_000, 0, ""}, {10, 0, ""}, {9, 0, "on 0.9"}}},
		{"a move of less than a tenth is not sent", Config{Capacity: 1_000, On: 800, Off: 200},
			[]step{{800, 0, "on 0.8"}, {899, 0, ""}, {701, 0, ""}, {900, 0, "on 0.9"}, {801, 0, ""}, {800, 0, "on 0.8"}, {700, 0, "on 0.7"}}},
		{"a capacity of one", Config{Capacity: 1, On: 1, Off: 1}, []step{{0, 0, ""}, {1, 0, "on 1"}, {5, 0, ""}, {1, 0, ""}, {0, 0, "off"}}},
		{"a capacity that is no multiple of ten", Config{Capacity: 15, On: 12, Off: 3}, []step{{12, 0, "on 0.8"}, {13, 0, ""}, {14, 0, "on 0.9333"}, {13, 0, ""}, {12, 0, "on 0.8"}}},
		{"marks above the capacity", Config{Capacity: 4, On: 100, Off: 50}, []step{{99, 0, ""}, {100, 0, "on 1"}, {50, 0, ""}, {49, 0, "off"}}},
		{"the greatest numbers", Config{Capacity: 1<<61 - 1, On: math.MaxInt64, Off: math.MaxInt64}, []step{{math.MaxInt64 - 1, 0, ""}, {math.MaxInt64, 0, "on 1"}, {math.MaxInt64 - 1, 0, "off"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewMachine(c.config)
			for i, s := range c.steps {
				if got := sent(b.Update(s.waiting, max(s.waiting, s.peak))); got != s.want {
					t.Errorf("step %d, %d waiting: sent %q, want %q", i, s.waiting, got, s.want)
				}
			}
		})
	}
}

func TestMachineShowsTheLevelThatItSent(t *testing.T) {
	b := NewMachine(Config{Capacity: 10, On: 8, Off: 2})
	for _, s := range []struct {
		waiting uint64
		on      bool
		level   float32
	}{{0, false, 0}, {8, true, 0.8}, {10, true, 1}, {0, false, 0}} {
		b.Update(s.waiting, s.waiting)
		if on, level := b.State(); on != s.on || level != s.level {
			t.Errorf("with %d waiting: %v %v, want %v %v", s.waiting, on, level, s.on, s.level)
		}
	}
}

// A supervisor that is only woken when the number leaves the bounds misses nothing and is
// not woken again for the same number: inside the bounds Update returns nothing, outside it
// returns something, and afterwards the number is inside.
func TestBoundsAreWhereUpdateIsSilent(t *testing.T) {
	random := testrand.New(t)
	for range 20_000 {
		c := Config{Capacity: 1 + random.Uint64N(40)}
		if random.IntN(4) == 0 {
			c.Capacity = 1 + random.Uint64N(1<<40)
		}
		c.On = 1 + random.Uint64N(c.Capacity+c.Capacity/4)
		c.Off = 1 + random.Uint64N(c.On)
		b := NewMachine(c)
		for range 30 {
			from, to := b.Bounds()
			waiting := random.Uint64N(c.Capacity*5/4 + 2)
			switch random.IntN(6) { // the edges are where mistakes are
			case 0:
				waiting = from
			case 1:
				waiting = max(from, 1) - 1
			case 2:
				waiting = min(to, c.Capacity*2)
			case 3:
				waiting = to - 1
			}
			said := b.Update(waiting, waiting)
			if inside := waiting >= from && waiting < to; inside != (len(said) == 0) {
				t.Fatalf("%+v, bounds %d..%d, %d waiting: %q", c, from, to, waiting, sent(said))
			}
			if from, to = b.Bounds(); waiting < from || waiting >= to {
				t.Fatalf("%+v: after %d waiting the bounds are %d..%d", c, waiting, from, to)
			}
		}
	}
}
