package actor

import (
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/control"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
)

// Env is what all hosts of an SDK share.
type Env struct {
	Pool          *Pool
	Load          *Load
	Failures      Failures
	Sink          SinkPlace
	Draining      atomic.Bool // no events from outside are taken
	InboxCapacity int
	Restart       bool // a daemon that fails is restarted, else it goes on
	Backoff       BackoffConfig
	Note          func(level logs.Level, daemonID uint64, format string, args ...any) // writes to the log; must not block
}

// Host is one daemon. All methods are safe from any goroutine.
//
// Who runs a callback holds the host's token: a worker of the pool for what
// waits in the host, or the caller of Deliver, Snapshot or Restore. Fields
// marked so belong to the holder.
type Host struct {
	env       *Env
	id        uint64
	name      string
	callbacks Callbacks
	features  Features
	onChange  func(from, to Vitals)
	done      chan struct{} // closed when no callback runs and none will

	subscribers atomic.Pointer[[]*Host]
	producers   map[*Host]struct{} // whose outputs it gets; guarded by subscriptions
	unlinked    bool               // guarded by subscriptions
	began       atomic.Int64       // when the running callback began, nanoseconds after origin; 0: none runs
	probing     atomic.Bool        // it is a probe, or about to be one
	overdue     atomic.Int64       // the began of the callback of which it was last said that it takes too long

	emitting sync.Mutex    // held while the SDK's sink is called
	panics   logs.Flood    // guarded by emitting: lines that say that it panicked
	outputs  uint64        // the token's: outputs ever emitted
	one      [1]event.Meta // the token's: the parcel of a Deliver
	desk     *Desk         // the token's

	mu      sync.Mutex // guards what follows
	phase   phase
	leaving bool // the daemon has been told to shut down: no events from outside
	halted  bool // the daemon has been stopped; it may be started again
	queued  bool // waits in the pool for a turn
	running bool // the token is held
	busy    bool // counted as such in env.Load

	urgent   []*claim        // callers who wait for the token between two events
	claims   []*claim        // callers who wait for it behind the events that waited when they came
	events   []control.Event // to tell the daemon of
	probe    bool            // its vitals have been asked for
	probed   time.Time       // when they were found
	vitals   Vitals
	inbox    inbox
	inflight int         // so many of its first events are being processed
	cut      bool        // those of them that are not are to be dropped
	pending  []placement // outputs that wait for room at their subscribers
	room     bool        // there may be some
	crowd    []*Host     // producers that wait for room here

	// Whose turn it is, see next.
	urgentDone bool // urgent callers have had theirs since anything else had
	urgentLeft int  // but so many may still go on
	probeDone  bool // a probe has had its own since the last work

	backoff  backoff
	restore  bool // the state is to be restored before the next event
	snapshot []byte
	timer    *time.Timer // ends the hold of the backoff

	skips logs.Flood // lines that say that an event is skipped

	stats  Stats
	times  *Latency
	idle   chan struct{} // closed when the host is idle; nil while nobody waits
	after  []func()      // to run when done
	ending bool          // they run
}

type phase uint8

const (
	open      phase = iota
	finishing       // takes nothing new, tells the daemon of what waits, then is done
	stopped         // does nothing more
)

// Stats is what a host counts.
type Stats struct {
	EventsIn    uint64 // processed, failed ones included
	Outputs     uint64 // emitted by events that did not fail
	Failed      uint64
	Discarded   uint64 // events that waited when the daemon was stopped
	LastFailure Failure
	Restarts    uint64
}

// New returns a host of a daemon. onChange is told of each change of the
// vitals, between two callbacks; it may be nil.
func New(env *Env, id uint64, name string, callbacks Callbacks, onChange func(from, to Vitals)) *Host {
	return &Host{
		env:       env,
		id:        id,
		name:      name,
		callbacks: callbacks,
		features:  callbacks.Features(),
		onChange:  onChange,
		done:      make(chan struct{}),
		backoff:   backoff{config: env.Backoff},
	}
}

// ID is the daemon's id.
func (h *Host) ID() uint64 { return h.id }

// Name is the daemon's name, as messages show it.
func (h *Host) Name() string { return h.name }

// Features says which optional callbacks the daemon has.
func (h *Host) Features() Features { return h.features }

// eventsKept is how many control events wait for a daemon to be told of them:
// more than ever do, but for one that hangs.
const eventsKept = 4096

// Notify has the daemon told of a control event.
func (h *Host) Notify(e control.Event) {
	if h.features&HasControl == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.phase == open && len(h.events) < eventsKept {
		h.events = append(h.events, e)
		h.schedule()
	}
}

// RequestProbe has the daemon asked how it is. A request that still waits is
// not repeated.
func (h *Host) RequestProbe() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.answers() {
		h.probe = true
		h.schedule()
	}
}

// Answers reports whether the daemon is asked how it is: not once it has been
// stopped or ends, though a callback of it may run for long.
func (h *Host) Answers() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.answers()
}

// answers is called with mu held.
func (h *Host) answers() bool { return h.features&HasProbe != 0 && h.phase == open && !h.halted }

// Vitals is what the last probe found.
func (h *Host) Vitals() Vitals {
	v, _ := h.VitalsAt()
	return v
}

// VitalsAt is Vitals with the time of the probe, zero if there was none yet.
func (h *Host) VitalsAt() (Vitals, time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.vitals, h.probed
}

// Halted reports whether the daemon has been stopped.
func (h *Host) Halted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.halted
}

// Leave refuses events from outside from now on: the daemon is shutting down.
func (h *Host) Leave(leaving bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaving = leaving
}

// Barrier returns when no Post or Deliver is past its checks that has not made
// the host busy.
func (h *Host) Barrier() {
	h.mu.Lock()
	defer h.mu.Unlock()
}

// refuses says why the host takes no event from outside, or nil; mu is held.
func (h *Host) refuses() *fault.Error {
	switch {
	case h.phase != open:
		return errEnded
	case h.halted:
		return errHalted
	case h.leaving:
		return errLeaving
	case h.env.Draining.Load():
		return errDraining
	case h.backoff.looping:
		return fault.New(fault.BackingOff, "daemon %q crash-loops and is held for another %v: restart it, or wait",
			h.name, max(0, time.Until(h.backoff.until)).Round(time.Millisecond))
	}
	return nil
}

var (
	errEnded    = fault.New(fault.Stopped, "the daemon has been shut down")
	errHalted   = fault.New(fault.Stopped, "the daemon has been stopped: restart it first")
	errDraining = fault.New(fault.Draining, "the node is in maintenance and takes no events until it exits it")
	errLeaving  = fault.New(fault.Draining, "the daemon is being shut down and takes no more events")
	errCircle   = fault.New(fault.InvalidState,
		"this would wait for a callback that itself waits for this call: don't call it from inside a callback of the same daemon, or of one that waits for it")
)

// Finish takes nothing new. The daemon is still told of the control events
// that wait; events are dropped.
func (h *Host) Finish() { h.end(finishing, false) }

// Stop drops all that waits. Only a callback that runs now is still to end.
func (h *Host) Stop() { h.end(stopped, false) }

// StopElsewhere is Stop for a caller who must not be held up by what is to be
// called after the last callback.
func (h *Host) StopElsewhere() { h.end(stopped, true) }

func (h *Host) end(p phase, elsewhere bool) {
	h.mu.Lock()
	if h.phase == open {
		h.dropEvents()
		h.deny(&h.claims, errEnded)
		h.deny(&h.urgent, errEnded)
		h.probe = false
	}
	h.phase = max(h.phase, p)
	if h.phase == stopped {
		h.events = nil
	}
	pending := h.takePending()
	crowd := h.takeCrowd()
	h.tally()
	var finished func()
	if elsewhere && len(h.after) > 0 {
		h.submit() // a turn without anything to do ends in the same way
	} else {
		finished = h.conclude()
	}
	h.mu.Unlock()
	retry(crowd)
	for _, p := range pending {
		p.to.admitOver(p.rest)
	}
	run(finished)
}

// dropEvents empties the inbox. Those of the events that are being processed
// which their batch does not come to follow when it is over. mu is held.
func (h *Host) dropEvents() {
	h.cut = h.inflight > 0
	h.dropped(h.inbox.clear(h.inflight))
}

// dropped counts events that have been taken out of the inbox; mu is held.
func (h *Host) dropped(n int) {
	if n == 0 {
		return
	}
	h.stats.Discarded += uint64(n)
	h.env.Load.add(-n)
	h.env.Note(logs.Warn, h.id, "stopped with %d events waiting, which are dropped", n)
}

// After has f called when no callback runs and none will, before Await returns;
// at once if that is so already.
func (h *Host) After(f func()) {
	h.mu.Lock()
	if !h.isDone() {
		h.after = append(h.after, f)
		f = nil
	}
	h.mu.Unlock()
	run(f)
}

func run(f func()) {
	if f != nil {
		f()
	}
}

// Done is closed when no callback runs and none will.
func (h *Host) Done() <-chan struct{} { return h.done }

func (h *Host) isDone() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// Await waits until no callback of the host runs or will run, at most for
// limit; a negative limit is none. The callers are the hosts inside whose
// callbacks the caller runs. It returns false when the time was over, or at once
// when waiting would be for the caller itself.
func (h *Host) Await(limit time.Duration, callers ...*Host) bool {
	if h.isDone() {
		return true
	}
	if !enterWait(h, callers...) {
		return false
	}
	defer leaveWait(h, callers...)
	return WaitFor(h.done, limit)
}

// WaitFor waits until the channel is closed, at most for limit; a negative
// limit is none.
func WaitFor(closed <-chan struct{}, limit time.Duration) bool {
	var over <-chan time.Time
	if limit >= 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-closed:
		return true
	case <-over:
	}
	select {
	case <-closed:
		return true
	default:
		return false
	}
}
