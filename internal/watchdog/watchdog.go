// Package watchdog keeps track of the running callbacks of a node, and reports those that
// run for too long.
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
	// Armed reports whether a daemon was busy since the last Disarm. The first one that
	// is wakes the supervisor.
	Armed() bool
	// Disarm has no effect while a daemon is busy.
	Disarm()
	// Recall makes the calls known that were begun without a Call.
	Recall()
}

// Watchdog checks the calls of one node. It only does so while a daemon is busy.
type Watchdog struct {
	limit time.Duration
	busy  Busy
	hook  life.Hook

	calls atomic.Pointer[[]*Call] // calls are never removed
	mu    sync.Mutex              // guards writes to calls

	due time.Time // when to check next; zero: no daemon is busy. Used by Attend only
}

// New returns a watchdog that reports callbacks which have run for limit.
func New(limit time.Duration, busy Busy, hook life.Hook) *Watchdog {
	return &Watchdog{limit: limit, busy: busy, hook: hook}
}

// NewCall returns a Call that the watchdog checks from now on. Calls are never removed:
// their owner must reuse them.
func (w *Watchdog) NewCall() *Call {
	c := new(Call)
	w.mu.Lock()
	defer w.mu.Unlock()
	list := append(w.list(), c) // readers of the old list see a prefix of the new one
	w.calls.Store(&list)
	return c
}

func (w *Watchdog) list() []*Call {
	if list := w.calls.Load(); list != nil {
		return *list
	}
	return nil
}

// interval returns how often to check: a few times within the limit, but rarely enough to
// cost next to nothing.
func (w *Watchdog) interval() time.Duration {
	return min(max(w.limit/4, 5*time.Millisecond), time.Second)
}

// Attend checks the calls if a check is due. It returns when it must be called again;
// zero: when a daemon becomes busy. Only one goroutine may call it.
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
	w.busy.Recall()
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

// Running returns the names of daemons whose callbacks run, at most limit of them.
func (w *Watchdog) Running(limit int) (names []string) {
	for _, c := range w.list() {
		if callee := c.callee.Load(); len(names) < limit && callee != nil && c.began.Load() != 0 {
			names = append(names, callee.Name)
		}
	}
	return names
}

// Working reports whether any callback other than a probe runs.
func (w *Watchdog) Working() bool {
	for _, c := range w.list() {
		if c.began.Load() != 0 && !c.probe.Load() {
			return true
		}
	}
	return false
}
