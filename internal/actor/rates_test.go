package actor

import (
	"math"
	"testing"
	"time"
)

func TestRates(t *testing.T) {
	var none *rates
	if none.at(time.Hour) != (Rates{}) {
		t.Error("rates of a daemon without events")
	}
	var r rates
	expect := func(now time.Duration, want Rates) {
		t.Helper()
		for i, got := range r.at(now) {
			if math.Abs(got-want[i]) > 1e-9 {
				t.Errorf("at %v: %v, want %v", now, r.at(now), want)
			}
		}
	}
	for s := range 100 {
		r.add(time.Duration(s)*time.Second, 10)
	}
	expect(99*time.Second+999_999_999, Rates{10.00000001, 10.000000001, 10 + 1e-8/60})
	expect(100*time.Second, Rates{10, 10, 10})
	expect(100*time.Second+500*time.Millisecond, Rates{5, 9.5, 595.0 / 60})
	expect(101*time.Second, Rates{0, 9, 590.0 / 60})
	expect(105*time.Second, Rates{0, 5, 550.0 / 60})
	expect(159*time.Second, Rates{0, 0, 10.0 / 60})
	expect(160*time.Second, Rates{})
	r.add(1000*time.Second, 60)
	expect(1000*time.Second, Rates{60, 6, 1})
	r.add(999*time.Second, 60) // the rough time of another thread
	expect(1000*time.Second, Rates{120, 12, 2})
	expect(1062*time.Second+500*time.Millisecond, Rates{0, 0, 1}) // half of a step is over
	r.add(1065*time.Second, 1)                                    // all others are forgotten
	expect(1065*time.Second, Rates{1, 0.1, 1.0 / 60})
}
