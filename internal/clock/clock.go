//go:build !windows

// Package clock gives a monotonic time, measured from when the library was loaded. The
// wall clock is not good for that, because it may be set at any moment.
package clock

import "time"

var origin = time.Now()

// Now returns the time since the library was loaded.
func Now() time.Duration { return time.Since(origin) }

// At converts a time.Time with a monotonic reading to this clock.
func At(moment time.Time) time.Duration { return moment.Sub(origin) }
