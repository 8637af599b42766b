package actor

import "testing"

func TestIdleMeansThatNobodyIsBusy(t *testing.T) {
	wakes := 0
	y := NewActivity(func() { wakes++ })
	begin, finish := func() { y.work(); y.begin() }, func() { y.finish(); y.rest() }
	if y.Idle() != nil {
		t.Error("nobody is busy, but it isn't idle")
	}
	begin()
	wakes = 0
	first, second := y.Idle(), y.Idle()
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	begin()
	finish()
	if closed(first) || wakes != 0 || y.Busy() != 1 {
		t.Errorf("idle while one is busy, woken %d times", wakes)
	}
	finish()
	if !closed(first) || !closed(second) || wakes != 0 || y.Idle() != nil {
		t.Errorf("not idle when none is busy, woken %d times", wakes)
	}
	y.WakeWhenIdle(true)
	begin()
	finish()
	if wakes != 1 {
		t.Errorf("woken %d times when watched", wakes)
	}
}

// The first busy actor wakes the supervisor, and so does the first one after a Disarm.
func TestTheFirstBusyActorArms(t *testing.T) {
	wakes := 0
	y := NewActivity(func() { wakes++ })
	step := func(what string, do func(), armed bool, want int) {
		t.Helper()
		wakes = 0
		do()
		if y.Armed() != armed || wakes != want {
			t.Errorf("%s: armed %v, woken %d times", what, y.Armed(), wakes)
		}
	}
	step("idle", func() {}, false, 0)
	step("busy", y.begin, true, 1)
	step("another", y.begin, true, 0)
	step("disarmed while busy", y.Disarm, true, 0)
	step("idle", func() { y.finish(); y.finish() }, true, 0)
	step("busy again", func() { y.begin(); y.finish() }, true, 0)
	step("disarmed", y.Disarm, false, 0)
	step("busy after that", y.begin, true, 1)
}
