package clock

import (
	"testing"
	"time"
)

// The clock never goes back, and goes as fast as the one that timers have.
func TestNow(t *testing.T) {
	before, begun := Now(), time.Now()
	for last := before; time.Since(begun) < 50*time.Millisecond; {
		now := Now()
		if now < last {
			t.Fatalf("%v after %v", now, last)
		}
		last = now
	}
	took, elapsed := Now()-before, time.Since(begun)
	if difference := (took - elapsed).Abs(); difference > 20*time.Millisecond {
		t.Errorf("%v by this clock, %v by Go's", took, elapsed)
	}
}

func TestAt(t *testing.T) {
	moment := time.Now().Add(-time.Hour)
	early := Now() - time.Hour
	at := At(moment)
	late := Now() - time.Hour
	// Go's clock goes in steps on Windows, and a busy machine may take its time between two lines.
	const ticks, pause = 20 * time.Millisecond, time.Second
	if at < early-ticks-pause || at > late+ticks {
		t.Errorf("%v, want one between %v and %v", at, early, late)
	}
}
