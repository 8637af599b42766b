package logs

import "time"

// LimiterLines is how many lines of one kind are written in a second.
const LimiterLines = 16

// Limiter lets LimiterLines lines pass in each second and counts the others. Only one
// goroutine may use it at a time.
type Limiter struct {
	since      time.Time // when the current second began
	passed     int       // lines that passed since then
	suppressed uint64    // lines suppressed since the last one that passed
}

// Pass reports whether a line may be written, and how many lines were suppressed
// since the last one that was.
func (l *Limiter) Pass(now time.Time) (suppressed uint64, pass bool) {
	if now.Sub(l.since) >= time.Second {
		l.since, l.passed = now, 0
	}
	if l.passed == LimiterLines {
		l.suppressed++
		return 0, false
	}
	l.passed++
	suppressed, l.suppressed = l.suppressed, 0
	return suppressed, true
}
