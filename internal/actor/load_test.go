package actor

import (
	"math"
	"testing"
)

func TestLoadPokesOutOfBounds(t *testing.T) {
	pokes := 0
	l := NewLoad(func() { pokes++ })
	want := func(what string, n int) {
		t.Helper()
		if pokes != n {
			t.Errorf("%s: poked %d times, want %d", what, pokes, n)
		}
		pokes = 0
	}
	l.add(1_000_000)
	want("without bounds", 0)
	l.add(-1_000_000)
	l.SetBounds(0, 10)
	want("bounds around what waits", 0)
	l.add(9)
	want("inside", 0)
	l.add(1)
	want("at the end", 1)
	l.add(5)
	want("past the end", 1)
	l.add(-5)
	want("at the end, from above", 1)
	l.add(-1)
	want("inside again", 0)
	if peak := l.TakePeak(); peak != 15 {
		t.Errorf("peak %d", peak)
	}
	if peak := l.TakePeak(); peak != 9 {
		t.Errorf("peak %d when nothing has happened since", peak)
	}
	l.SetBounds(9, 20)
	want("bounds that begin at what waits", 0)
	l.SetBounds(10, 20)
	want("bounds above what waits", 1)
	l.SetBounds(2, 9)
	want("bounds that end at what waits", 1)
	l.SetBounds(5, math.MaxUint64)
	l.add(-4)
	want("at the beginning", 0)
	l.add(-1)
	want("before the beginning", 1)
	l.add(0)
	want("no change", 0)
	l.Mute(true)
	l.add(-1)
	l.add(100)
	want("muted", 0)
	l.Mute(false)
	if got := l.Waiting(); got != 103 {
		t.Errorf("%d waiting", got)
	}
}

func TestLoadIsQuietWhenNobodyIsBusy(t *testing.T) {
	pokes := 0
	l := NewLoad(func() { pokes++ })
	if l.Quiet() != nil {
		t.Error("an idle load isn't quiet")
	}
	l.becomeBusy()
	pokes = 0
	first, second := l.Quiet(), l.Quiet()
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	l.becomeBusy()
	l.becomeIdle()
	if closed(first) || pokes != 0 || l.Busy() != 1 {
		t.Errorf("quiet while one is busy, poked %d times", pokes)
	}
	l.becomeIdle()
	if !closed(first) || !closed(second) || pokes != 0 || l.Quiet() != nil {
		t.Errorf("not quiet when none is busy, poked %d times", pokes)
	}
	l.WatchQuiet(true)
	l.becomeBusy()
	l.becomeIdle()
	if pokes != 1 {
		t.Errorf("poked %d times when watched", pokes)
	}
}

// The supervisor is told of the first busy host, and then when it has said
// that it looks no more.
func TestLoadArms(t *testing.T) {
	pokes := 0
	l := NewLoad(func() { pokes++ })
	step := func(what string, do func(), armed bool, want int) {
		t.Helper()
		pokes = 0
		do()
		if l.Armed() != armed || pokes != want {
			t.Errorf("%s: armed %v, poked %d times", what, l.Armed(), pokes)
		}
	}
	step("idle", func() {}, false, 0)
	step("busy", l.becomeBusy, true, 1)
	step("another", l.becomeBusy, true, 0)
	step("disarmed while busy", l.Disarm, true, 0)
	step("idle", func() { l.becomeIdle(); l.becomeIdle() }, true, 0)
	step("busy again", func() { l.becomeBusy(); l.becomeIdle() }, true, 0)
	step("disarmed", l.Disarm, false, 0)
	step("busy after that", l.becomeBusy, true, 1)
}
