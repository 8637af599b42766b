package clock

import (
	"testing"
	"time"
)

// ticks is how far Go's clock may be behind: on Windows it goes in steps.
const ticks = 20 * time.Millisecond

// The clock never goes back, and goes as fast as the one that timers have.
func TestNow(t *testing.T) {
	outside := time.Now()
	before := Now()
	inside := time.Now()
	for last := before; time.Since(inside) < 50*time.Millisecond; {
		now := Now()
		if now < last {
			t.Fatalf("%v after %v", now, last)
		}
		last = now
	}
	least := time.Since(inside)
	took := Now() - before
	most := time.Since(outside)
	if took < least-ticks || took > most+ticks {
		t.Errorf("%v by this clock, by Go's from %v to %v", took, least, most)
	}
}

// At is exact unless a busy machine takes the thread away in the middle: so one of many
// tries must be.
func TestAt(t *testing.T) {
	var at, early, late time.Duration
	for range 100 {
		early = Now() - time.Hour
		moment := time.Now().Add(-time.Hour)
		late = Now() - time.Hour
		if at = At(moment); at >= early-ticks && at <= late+ticks {
			return
		}
	}
	t.Errorf("%v, want one between %v and %v", at, early, late)
}
