package actor_test

import (
	"sync"
	"testing"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	"netmeshos/internal/control"
	events "netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/vitals"
)

// host is a daemon whose token can be lent, with the host that takes it. Each event emits
// two outputs, whoever processes it.
type host struct {
	t        *testing.T
	features actor.Features
	actor    *actor.Actor
	process  func() // called for each event that the actor has processed; may be nil
	snapshot func() // called by Snapshot; may be nil
	lending  func() // called before the token is lent; may be nil
	status   int32  // of each event that the actor has processed

	mu      sync.Mutex // guards what follows
	open    bool       // the stage
	room    int
	staged  []events.Event
	lent    bool
	run     *hostRun // has the token; nil: nobody
	next    uint64   // the number of the next output when the token was lent
	events  uint64   // processed since the token was lent
	lends   int
	recalls int // of which the host didn't have the token
	wants   int // of which it had
	inside  int // callbacks that run
	freed   int // runs
	numbers uint64
}

// hostRun is what the host processes one event with.
type hostRun struct {
	host        *host
	first       uint64 // the number of its first output
	interrupted bool
	wanted      bool
	failed      bool
	panics      bool // the library has a defect where the actor gets the run
}

func (h *host) Features() actor.Features { return h.features }
func (h *host) Stage() actor.Stage       { return h }
func (h *host) Snapshot() ([]byte, *fault.Error) {
	if h.snapshot != nil {
		h.snapshot()
	}
	return []byte("state"), nil
}
func (h *host) Restore([]byte) int32    { return 0 }
func (h *host) OnControl(control.Event) {}
func (h *host) Probe() vitals.Vitals    { return vitals.Vitals{Health: vitals.Degraded} }
func (h *host) Lend(next uint64) {
	if h.lending != nil {
		h.lending()
	}
	h.change(func() { h.lent, h.next, h.lends = true, next, h.lends+1 })
}
func (h *host) Open(room int)       { h.change(func() { h.open, h.room = true, room }) }
func (h *host) Close()              { h.change(func() { h.open = false }) }
func (h *host) Staged() (n int)     { h.change(func() { n = len(h.staged) }); return n }
func (h *host) AddRoom(n int)       { h.change(func() { h.room += n }) }
func (h *host) isLent() (lent bool) { h.change(func() { lent = h.lent }); return lent }
func (h *host) isOpen() (open bool) { h.change(func() { open = h.open }); return open }
func (h *host) counts() (lends, recalls, wants int) {
	h.change(func() { lends, recalls, wants = h.lends, h.recalls, h.wants })
	return
}
func (r *hostRun) Begin(uint64)          {}
func (r *hostRun) Empty()                {}
func (r *hostRun) Takes(actor.Sink) bool { return false }
func (r *hostRun) isInterrupted() (interrupted bool) {
	r.host.change(func() { interrupted = r.interrupted })
	return
}

func (h *host) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

// Process is what the actor calls.
func (h *host) Process(in events.Batch, w *actor.Workspace) {
	if w.Native != nil {
		h.t.Error("the actor processes with the host's memory")
	}
	for i := range in.Len() {
		h.enter(w.Request.FirstOutput + uint64(w.Result.Emitted))
		if h.process != nil {
			h.process()
		}
		if h.status != 0 {
			w.Result.Handled++
			w.Result.Failures = append(w.Result.Failures, actor.Failure{Index: uint32(i), Status: h.status})
		} else {
			succeed(w, i, 2)
			h.change(func() { h.numbers += 2 })
		}
		h.change(func() { h.inside-- })
		if w.Interrupted() {
			return
		}
	}
}

// enter begins an event, whose first output must be the next one.
func (h *host) enter(first uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inside++
	if h.inside != 1 {
		h.t.Error("two events at the same time")
	}
	if first != h.numbers+1 {
		h.t.Errorf("an output gets the number %d, want %d", first, h.numbers+1)
	}
}

// Recall implements actor.Lender.
func (h *host) Recall() (running actor.Native, since time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.lent {
		h.t.Error("the token is taken back, but isn't lent")
	}
	h.lent = false
	if h.run == nil {
		h.recalls++
		return nil, 0
	}
	h.wants++
	h.run.wanted = true
	return h.run, clock.Now()
}

// Processed implements actor.Lender.
func (h *host) Processed() (processed, outputs uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.events, 2 * h.events
}

// Settle implements actor.Lender.
func (h *host) Settle() (processed, outputs uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lent {
		h.t.Error("settled while the token is lent")
	}
	h.run = nil
	processed, h.events = h.events, 0
	return processed, 2 * processed
}

// Take implements actor.Stage.
func (h *host) Take(each func(events.Batch, actor.Memory)) {
	h.mu.Lock()
	staged := h.staged
	h.staged = nil
	h.mu.Unlock()
	if len(staged) > 0 {
		arena := events.Pack(staged)
		each(arena.Batch(), arena)
	}
}

// TakeRoom implements actor.Stage.
func (h *host) TakeRoom(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	took := max(0, min(n, h.room))
	h.room -= took
	return took
}

// begin takes the lent token; nil: there is none.
func (h *host) begin() *hostRun {
	h.mu.Lock()
	if !h.lent || h.run != nil {
		h.mu.Unlock()
		return nil
	}
	h.run = &hostRun{host: h, first: h.next + 2*h.events}
	r := h.run
	h.mu.Unlock()
	h.enter(r.first)
	return r
}

// end puts the token back, or ends the event in the actor, as C does it.
func (h *host) end(r *hostRun) *fault.Error {
	h.mu.Lock()
	h.inside--
	if !r.failed {
		h.numbers += 2
		if !r.wanted {
			h.events++
			h.run = nil
			h.mu.Unlock()
			return nil
		}
	}
	h.mu.Unlock()
	return h.actor.Returned(events.Event{Origin: 1, Sequence: 1})
}

// deliver processes an event with the lent token, or else by a call of the actor.
func (h *host) deliver() *fault.Error {
	if r := h.begin(); r != nil {
		return h.end(r)
	}
	return h.actor.Deliver(events.Event{Origin: 1, Sequence: 1}, nil, actor.Start{At: clock.Now()}, nil)
}

// post puts an event into the stage, or else posts it. It reports whether it was accepted.
func (h *host) post(env *actor.Env, e events.Event) bool {
	h.mu.Lock()
	if h.open {
		fits := h.room > 0
		if fits {
			h.room--
			h.staged = append(h.staged, e)
			env.Gauge.Add(1)
		}
		h.mu.Unlock()
		return fits
	}
	h.mu.Unlock()
	n, _ := h.actor.Post([]events.Event{e})
	return n == 1
}

// Interrupt implements actor.Native.
func (r *hostRun) Interrupt() (next uint64) {
	r.host.change(func() { r.interrupted = true })
	return r.first
}

// Collect implements actor.Native.
func (r *hostRun) Collect(result *actor.Result) {
	if r.panics {
		panic("a defect")
	}
	result.Handled = 1
	if r.failed {
		result.Failures = append(result.Failures, actor.Failure{Status: -4})
	} else {
		result.Emitted = 2
	}
	result.Times = append(result.Times, actor.Sample{Took: time.Millisecond, Count: 1})
}

// Outputs implements actor.Native.
func (r *hostRun) Outputs(q *actor.Request) (outputs events.Batch, causes []uint32) {
	if !r.isInterrupted() {
		return outputs, nil
	}
	for n := range uint64(2) {
		outputs.Add(events.Event{Origin: q.DaemonID, Sequence: q.FirstOutput + n})
		causes = append(causes, 0)
	}
	return outputs, causes
}

// Free implements actor.Native.
func (r *hostRun) Free() { r.host.change(func() { r.host.freed++ }) }

// lending returns a host whose daemon has processed one event since, so that its token is
// lent if it may be.
func lending(t *testing.T, e *actor.Env, h *host) *host {
	t.Helper()
	h.t = t
	h.actor = actor.New(e, 1, "daemon", h, channel())
	t.Cleanup(func() { h.actor.Release() })
	return h
}

// lent is the same, and the token must be.
func lent(t *testing.T, e *actor.Env, h *host) *host {
	t.Helper()
	lending(t, e, h)
	if err := h.deliver(); err != nil || !h.isLent() {
		t.Fatalf("the token is not lent after a deliver: %v", err)
	}
	return h
}
