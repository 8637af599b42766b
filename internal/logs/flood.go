package logs

import (
	"fmt"
	"time"
)

// FloodLines is how many lines of one kind are written in a second: one that
// comes without end would leave room in the log for nothing else.
const FloodLines = 16

// Flood lets so many lines of one kind pass and counts the others. Its owner sees
// to it that it is used by one goroutine at a time.
type Flood struct {
	since  time.Time // a second began
	passed int       // since then
	held   uint64    // since the last that passed
}

// Pass reports whether a line may be written, and how many others were held back
// since the last one.
func (f *Flood) Pass(now time.Time) (held uint64, pass bool) {
	if now.Sub(f.since) >= time.Second {
		f.since, f.passed = now, 0
	}
	if f.passed == FloodLines {
		f.held++
		return 0, false
	}
	f.passed++
	held, f.held = f.held, 0
	return held, true
}

// Others is what a line says of those that were held back before it.
func Others(held uint64) string {
	if held == 0 {
		return ""
	}
	return fmt.Sprintf("; %d others before it are not shown", held)
}
