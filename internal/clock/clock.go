// Package clock tells the time since the process started the library, steadily:
// the wall clock may be set at any moment.
package clock

import "time"

var origin = time.Now()

// Now is the time since the origin.
func Now() time.Duration { return time.Since(origin) }

// At is the time of the origin at which a moment lies. Both clocks are steady.
func At(moment time.Time) time.Duration { return moment.Sub(origin) }
