package actor

import (
	"fmt"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
)

// account counts what became of a batch, and holds the daemon if it failed and
// is to be restarted; mu is held.
func (h *Host) account(in event.Parcel) {
	done := &h.desk.Done
	h.stats.EventsIn += uint64(done.Handled)
	h.stats.Outputs += uint64(done.Emitted)
	for _, s := range done.Times {
		if h.times == nil {
			h.times = new(Latency)
		}
		h.times.add(s.Took, s.Count)
	}
	for _, f := range done.Failures {
		e := in.Metas[f.Index]
		h.failed(Failure{Time: time.Now(), DaemonID: h.id, Origin: e.Origin, Sequence: e.Sequence, Status: f.Status})
	}
}

func (h *Host) failed(f Failure) {
	h.stats.Failed++
	h.stats.LastFailure = f
	h.env.Failures.Add(f)
	if !h.env.Restart {
		h.noteSkipped(f)
		return
	}
	h.env.Note(logs.Warn, h.id, "process returned %d for the event %d of %#x: the daemon is restarted", f.Status, f.Sequence, f.Origin)
	h.holdBack(f.Time)
}

// noteSkipped says that an event is skipped, and how many others have been of
// which that wasn't said; mu is held.
func (h *Host) noteSkipped(f Failure) {
	held, pass := h.skips.Pass(f.Time)
	if !pass {
		return
	}
	more := ""
	if held > 0 {
		more = fmt.Sprintf(", as %d others have been since the last such line", held)
	}
	h.env.Note(logs.Warn, h.id, "process returned %d for the event %d of %#x, which is skipped%s", f.Status, f.Sequence, f.Origin, more)
}

// notePanic says that the SDK's sink panicked; emitting is held.
func (h *Host) notePanic(cause any) {
	if held, pass := h.panics.Pass(time.Now()); pass {
		h.env.Note(logs.Error, h.id, "the output function panicked: %v%s", cause, logs.Others(held))
	}
}

// holdBack notes a failure that the daemon is to be restarted after; mu is
// held.
func (h *Host) holdBack(now time.Time) {
	h.backoff.fail(now)
	h.restore = h.snapshot != nil && h.features&HasRestore != 0
	h.stats.Restarts++
	left, _ := h.backoff.held(now)
	if h.backoff.looping {
		h.env.Note(logs.Error, h.id, "crash-looping: held for %v", left)
		h.deny(&h.claims, h.refuses())
	}
	h.wakeIn(left)
}

// wakeIn ends the hold after some time; mu is held.
func (h *Host) wakeIn(d time.Duration) {
	if h.phase != open {
		return
	}
	if h.timer != nil {
		h.timer.Stop()
	}
	h.timer = time.AfterFunc(d, h.resume)
}

// resume ends the hold if its time is over.
func (h *Host) resume() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if left, held := h.backoff.held(now); held {
		h.wakeIn(left)
		return
	}
	h.backoff.resume(now)
	h.schedule()
}

// restoreAfterFailure gives the daemon the state that was taken last. The token
// is held.
func (h *Host) restoreAfterFailure(state []byte) {
	var status int32
	h.call(func() { status = h.callbacks.Restore(state) })
	if status == 0 {
		h.env.Note(logs.Info, h.id, "restarted from the last snapshot of %d bytes", len(state))
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.env.Note(logs.Error, h.id, "restore returned %d at a restart", status)
	h.holdBack(time.Now())
}

// Halt stops the daemon: the events that wait are dropped, and it gets no more
// until Restart. Its outputs that wait for room go to their subscribers all the
// same.
func (h *Host) Halt() {
	h.mu.Lock()
	h.halted = true
	h.dropEvents()
	h.deny(&h.claims, errHalted)
	crowd := h.takeCrowd()
	h.schedule()
	h.mu.Unlock()
	retry(crowd)
}

// Restart starts a halted daemon again, or lets one go that is held after
// failures, and forgets them.
func (h *Host) Restart() *fault.Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.phase != open {
		return errEnded
	}
	if h.leaving && !h.halted {
		return errLeaving
	}
	h.halted, h.leaving = false, false
	h.backoff.release()
	if h.timer != nil {
		h.timer.Stop()
	}
	h.schedule()
	return nil
}

// Lifecycle says in one word what the host is about.
func (h *Host) lifecycle() string {
	switch {
	case h.phase != open || h.halted:
		return "stopped"
	case h.leaving:
		return "stopping"
	case h.backoff.looping:
		return "crash_looping"
	case !h.backoff.until.IsZero():
		return "backing_off"
	}
	return "running"
}

// Look is what is shown of a host.
type Look struct {
	Lifecycle string
	Vitals    Vitals
	Stats     Stats
	Inbox     int
	Running   time.Duration // how long the running callback has run; 0: none runs
	Overdue   bool
	Latency   LatencySummary
}

// Look returns what is to be shown of the host at now.
func (h *Host) Look(now time.Time) Look {
	h.mu.Lock()
	defer h.mu.Unlock()
	running, overdue := h.runningFor(now)
	return Look{h.lifecycle(), h.vitals, h.stats, h.inbox.waiting, running, overdue, h.times.summary()}
}
