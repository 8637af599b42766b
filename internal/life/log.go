package life

import (
	"sync"
	"time"

	"netmeshos/internal/logs"
)

// Log makes log lines from events. It limits the rate of Limited events, so that they
// leave room for others.
type Log struct {
	write func(logs.Line)

	mu       sync.Mutex                          // guards what follows
	limiters map[uint64]map[string]*logs.Limiter // by daemon and kind of line
}

// NewLog returns a log whose lines go to write, which must not block.
func NewLog(write func(logs.Line)) *Log {
	return &Log{write: write, limiters: make(map[uint64]map[string]*logs.Limiter)}
}

// Happened logs an event.
func (l *Log) Happened(e Event) {
	level, text := e.Line()
	if text == "" {
		return
	}
	now := time.Now()
	if e, ok := e.(Limited); ok && e.Limit() != "" {
		others, pass := l.pass(e.Of(), e.Limit(), now)
		if !pass {
			return
		}
		if others > 0 {
			text += e.Suppressed(others)
		}
	}
	l.write(logs.Line{Time: now, Level: level, DaemonID: e.Of(), Message: []byte(text)})
}

func (l *Log) pass(daemon uint64, kind string, now time.Time) (others uint64, pass bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kinds := l.limiters[daemon]
	if kinds == nil {
		kinds = make(map[string]*logs.Limiter)
		l.limiters[daemon] = kinds
	}
	limiter := kinds[kind]
	if limiter == nil {
		limiter = new(logs.Limiter)
		kinds[kind] = limiter
	}
	return limiter.Pass(now)
}

// Forget frees what is kept for a daemon that has ended.
func (l *Log) Forget(daemon uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.limiters, daemon)
}
