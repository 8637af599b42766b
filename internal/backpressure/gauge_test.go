package backpressure

import (
	"math"
	"testing"
)

func TestTheGaugeWakesOutOfBounds(t *testing.T) {
	wakes := 0
	g := NewGauge(func() { wakes++ }, nil)
	want := func(what string, n int) {
		t.Helper()
		if wakes != n {
			t.Errorf("%s: woken %d times, want %d", what, wakes, n)
		}
		wakes = 0
	}
	g.Add(1_000_000)
	want("without bounds", 0)
	g.Add(-1_000_000)
	g.SetBounds(0, 10)
	want("bounds around what waits", 0)
	g.Add(9)
	want("inside", 0)
	g.Add(1)
	want("at the end", 1)
	g.Add(5)
	want("past the end", 1)
	g.Add(-5)
	want("at the end, from above", 1)
	g.Add(-1)
	want("inside again", 0)
	if peak := g.TakePeak(); peak != 15 {
		t.Errorf("peak %d", peak)
	}
	if peak := g.TakePeak(); peak != 9 {
		t.Errorf("peak %d when nothing has happened since", peak)
	}
	g.SetBounds(9, 20)
	want("bounds that begin at what waits", 0)
	g.SetBounds(10, 20)
	want("bounds above what waits", 1)
	g.SetBounds(2, 9)
	want("bounds that end at what waits", 1)
	g.SetBounds(5, math.MaxUint64)
	g.Add(-4)
	want("at the beginning", 0)
	g.Add(-1)
	want("before the beginning", 1)
	g.Add(0)
	want("no change", 0)
	g.Mute(true)
	g.Add(-1)
	g.Add(100)
	want("muted", 0)
	g.Mute(false)
	if got := g.Waiting(); got != 103 {
		t.Errorf("%d waiting", got)
	}
}
