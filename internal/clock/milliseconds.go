package clock

import (
	"math"
	"time"
)

// Milliseconds converts milliseconds to a duration, at most the longest one: 292 years.
func Milliseconds(ms uint64) time.Duration {
	return time.Duration(min(ms, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
}
