// Package watchdog owns which callbacks of a node run, and reports those that run
// for too long.
package watchdog

import (
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/clock"
	"netmeshos/internal/life"
)

// Busy says whether any daemon of the node is busy.
type Busy interface {
	// Armed reports whether one was busy since the last Disarm. Whoever makes it
	// so wakes the supervisor.
	Armed() bool
	// Disarm has no effect while one is busy.
	Disarm()
}

// Watchdog looks at the calls of one node while any daemon is busy. A daemon at
// rest is never looked at.
type Watchdog struct {
	limit time.Duration
	busy  Busy
	hook  life.Hook

	calls atomic.Pointer[[]*Call] // those in the list stay
	mu    sync.Mutex              // guards writes to calls

	due time.Time // Attend's own: when to look; zero: nobody is busy
}

// New returns a watchdog that reports callbacks which have run for limit.
func New(limit time.Duration, busy Busy, hook life.Hook) *Watchdog {
	return &Watchdog{limit: limit, busy: busy, hook: hook}
}

// NewCall returns a place for callbacks, which the watchdog looks at from now on.
// Places are never removed: they are to be used again.
func (w *Watchdog) NewCall() *Call {
	c := new(Call)
	w.mu.Lock()
	defer w.mu.Unlock()
	list := append(w.list(), c) // whoever has the old list sees a part of the new one
	w.calls.Store(&list)
	return c
}

func (w *Watchdog) list() []*Call {
	if list := w.calls.Load(); list != nil {
		return *list
	}
	return nil
}

// interval is how often to look: a few times within the limit, but not so often
// that a machine would notice.
func (w *Watchdog) interval() time.Duration {
	return min(max(w.limit/4, 5*time.Millisecond), time.Second)
}

// Attend looks if it is time to. It returns when it must be called again; zero:
// when a daemon becomes busy. One goroutine calls it.
func (w *Watchdog) Attend(now time.Time) (next time.Time) {
	switch {
	case !w.busy.Armed():
		w.due = time.Time{}
		return w.due
	case w.due.IsZero():
		w.due = now.Add(w.interval())
		return w.due
	case now.Before(w.due):
		return w.due
	}
	w.report(clock.At(now))
	w.busy.Disarm()
	w.due = time.Time{}
	if w.busy.Armed() {
		w.due = now.Add(w.interval())
	}
	return w.due
}

func (w *Watchdog) report(now time.Duration) {
	for _, c := range w.list() {
		callee := c.callee.Load()
		if callee == nil {
			continue
		}
		if running, overdue := c.report(now, w.limit); overdue {
			w.hook(life.Overdue{Daemon: life.Daemon{ID: callee.ID}, Name: callee.Name, Running: running})
		}
	}
}

// Running returns the names of at most so many daemons whose callbacks run.
func (w *Watchdog) Running(limit int) (names []string) {
	for _, c := range w.list() {
		if callee := c.callee.Load(); len(names) < limit && callee != nil && c.began.Load() != 0 {
			names = append(names, callee.Name)
		}
	}
	return names
}

// Working reports whether a callback runs that is no probe.
func (w *Watchdog) Working() bool {
	for _, c := range w.list() {
		if c.began.Load() != 0 && !c.probe.Load() {
			return true
		}
	}
	return false
}
