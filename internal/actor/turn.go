package actor

import (
	"time"

	"netmeshos/internal/logs"
)

// turnBudget is how long a host keeps its worker while others wait for one.
const turnBudget = 5 * time.Millisecond

// hold takes the token, which is free; mu is held.
func (h *Host) hold() {
	h.running = true
	h.desk = takeDesk(h)
	h.tally()
}

// drop gives the token back and returns what is to be called without mu; mu is
// held.
func (h *Host) drop() func() {
	giveDesk(h, h.desk, h.phase == stopped)
	h.desk = nil
	h.running = false
	h.schedule()
	return h.conclude()
}

// schedule gets the host a turn if there is something that one could do; mu is
// held.
func (h *Host) schedule() {
	if h.next() != nothing {
		h.submit()
	}
	h.tally()
}

// submit gets the host a turn, unless it has one or will; mu is held.
func (h *Host) submit() {
	if !h.queued && !h.running {
		h.queued = true
		h.env.Pool.submit(h)
	}
}

// turn does what waits. A worker of the pool calls it.
func (h *Host) turn() {
	h.mu.Lock()
	h.queued = false
	if h.running { // whoever holds the token has the host scheduled again
		h.tally()
		h.mu.Unlock()
		return
	}
	h.hold()
	began := time.Now()
	for {
		job := h.next()
		if job == grantUrgent || job == grantClaim {
			h.note(job)
			h.grant(job) // the token goes along
			h.mu.Unlock()
			return
		}
		if job == nothing || time.Since(began) > turnBudget && h.env.Pool.crowded() {
			break
		}
		h.note(job)
		h.do(job)
	}
	finished := h.drop()
	h.mu.Unlock()
	run(finished)
}

type job uint8

const (
	nothing job = iota
	grantUrgent
	tell
	probe
	place
	restore
	grantClaim
	process
)

// next says what the holder of the token is to do; mu is held. Snapshots and
// restores come first, then control events, a probe, and work. But those who ask
// without end must keep nobody from his turn: of snapshots and restores only as
// many as waited together go first, and between two probes there is work.
func (h *Host) next() job {
	rest := h.work()
	if h.phase == open && h.probe && !(h.probeDone && rest != nothing) {
		rest = probe
	}
	if h.phase != stopped && len(h.events) > 0 {
		rest = tell
	}
	if len(h.urgent) > 0 && !(h.urgentDone && h.urgentLeft == 0 && rest != nothing) {
		return grantUrgent
	}
	return rest
}

// note keeps account of who has had his turn; mu is held.
func (h *Host) note(j job) {
	switch j {
	case grantUrgent:
		if !h.urgentDone {
			h.urgentDone, h.urgentLeft = true, len(h.urgent)
		}
		h.urgentLeft = max(0, h.urgentLeft-1)
		return
	case probe:
		h.probeDone = true
	case place, restore, grantClaim, process:
		h.probeDone = false
	}
	h.urgentDone, h.urgentLeft = false, 0
}

// work says what is to be done with events, if there is any; mu is held. Events
// wait while outputs do, or while the daemon is held after a failure.
func (h *Host) work() job {
	switch {
	case h.phase != open:
		return nothing
	case len(h.pending) > 0:
		if h.room || h.halted {
			return place
		}
		return nothing
	case !h.backoff.until.IsZero() || h.halted:
		return nothing
	case h.restore:
		return restore
	case len(h.claims) > 0 && h.claims[0].after <= h.inbox.taken:
		return grantClaim
	case h.inbox.waiting > 0:
		return process
	}
	return nothing
}

// do does one thing; mu is held, but not while callbacks run.
func (h *Host) do(j job) {
	switch j {
	case tell:
		e := h.events[0]
		h.events = h.events[1:]
		if len(h.events) == 0 {
			h.events = nil
		}
		h.mu.Unlock()
		h.call(func() { h.callbacks.Control(e) })
		h.mu.Lock()
	case probe:
		h.probe = false
		h.mu.Unlock()
		h.takeVitals()
		h.mu.Lock()
	case place:
		h.room = false
		pending := h.takePending()
		h.mu.Unlock()
		h.placeAll(pending)
		h.mu.Lock()
	case restore:
		h.restore = false
		state := h.snapshot
		h.mu.Unlock()
		h.restoreAfterFailure(state)
		h.mu.Lock()
	case process:
		in := h.inbox.peek(h.batchLimit())
		h.inflight = in.Len()
		h.mu.Unlock()
		began := Now()
		h.process(in, Each{}, Began{At: began})
		h.finish(began)
		h.mu.Lock()
		h.account(in)
		handled := h.desk.Done.Handled
		rest := h.inflight - handled
		h.inflight = 0
		h.inbox.take(handled)
		h.env.Load.add(-handled)
		if h.cut && rest > 0 {
			h.inbox.take(rest)
			h.dropped(rest)
		}
		h.cut = false
		h.admitCrowd()
	}
}

// batchLimit keeps a batch from going past a caller that waits for its turn;
// mu is held.
func (h *Host) batchLimit() int {
	if len(h.claims) > 0 {
		return int(h.claims[0].after - h.inbox.taken)
	}
	return h.inbox.waiting
}

func (h *Host) takeVitals() {
	var found Vitals
	h.probing.Store(true)
	h.call(func() { found = h.callbacks.Probe().Normal() })
	h.probing.Store(false)
	h.mu.Lock()
	before := h.vitals
	h.vitals = found
	h.probed = time.Now()
	h.mu.Unlock()
	if found != before && h.onChange != nil {
		h.onChange(before, found)
	}
}

// call makes a callback, noting when it began. The token is held.
func (h *Host) call(callback func()) {
	defer h.finish(h.begin())
	callback()
}

// origin is where the times of began count from. They are steady: the clock on
// the wall may be set while a callback runs.
var origin = time.Now()

// Now is the time that Order.Began is of.
func Now() time.Duration { return time.Since(origin) }

func (h *Host) begin() time.Duration {
	now := Now()
	h.began.Store(int64(now))
	return now
}

func (h *Host) finish(at time.Duration) {
	h.began.Store(0)
	if began := int64(at); h.overdue.Load() == began {
		h.env.Note(logs.Warn, h.id, "the overdue callback of daemon %q has returned after %v", h.name, since(began, time.Now()).Round(time.Millisecond))
	}
}

func since(began int64, now time.Time) time.Duration {
	return max(1, now.Sub(origin)-time.Duration(began))
}

// runningFor is how long the running callback has run, 0 if none runs, and
// whether it is overdue.
func (h *Host) runningFor(now time.Time) (time.Duration, bool) {
	began := h.began.Load()
	if began == 0 {
		return 0, false
	}
	return since(began, now), h.overdue.Load() == began
}

// turnOverdue reports, once for each callback, that it has run for limit.
func (h *Host) turnOverdue(now time.Time, limit time.Duration) (time.Duration, bool) {
	began := h.began.Load()
	if began == 0 || since(began, now) < limit {
		return 0, false
	}
	return since(began, now), h.overdue.Swap(began) != began
}

// tally notes whether the host is idle; mu is held.
func (h *Host) tally() {
	busy := h.running || h.queued || h.probe || h.inbox.waiting > 0 ||
		len(h.events) > 0 || len(h.pending) > 0 || len(h.claims) > 0 || len(h.urgent) > 0
	if busy == h.busy {
		return
	}
	h.busy = busy
	if busy {
		h.env.Load.becomeBusy()
		return
	}
	h.env.Load.becomeIdle()
	if h.idle != nil {
		close(h.idle)
		h.idle = nil
	}
}

// conclude ends the host if it is over: then it returns, once, what is to be
// called without mu. mu is held.
func (h *Host) conclude() func() {
	over := h.phase == stopped || h.phase == finishing && len(h.events) == 0
	if !over || h.running || h.ending || h.isDone() {
		return nil
	}
	h.phase = stopped
	if h.timer != nil {
		h.timer.Stop()
	}
	if len(h.after) == 0 {
		close(h.done)
		return nil
	}
	after := h.after
	h.after = nil
	h.ending = true
	return func() {
		for _, f := range after {
			f()
		}
		h.mu.Lock()
		h.ending = false
		again := h.conclude()
		h.mu.Unlock()
		run(again)
	}
}
