package clock

import (
	"math"
	"testing"
	"time"
)

func TestMilliseconds(t *testing.T) {
	const longest = math.MaxInt64 / uint64(time.Millisecond)
	for ms, want := range map[uint64]time.Duration{
		0: 0, 1: time.Millisecond, 500: time.Second / 2, longest: time.Duration(longest) * time.Millisecond,
		longest + 1: time.Duration(longest) * time.Millisecond, math.MaxInt64: time.Duration(longest) * time.Millisecond, math.MaxUint64: time.Duration(longest) * time.Millisecond,
	} {
		if got := Milliseconds(ms); got != want {
			t.Errorf("%d ms are %v, want %v", ms, got, want)
		}
	}
}
