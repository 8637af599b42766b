package driver

import (
	"bytes"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/ownership"
)

// Verb says what a request wants.
type Verb uint8

// The verbs.
const (
	Deliver  Verb = iota // process Event; the answer has its outputs
	Flush                // process what has been stored up to After
	Snapshot             // the answer has the committed state
	GiveBack             // restore State
)

// Request is something that the owner of a daemon is asked to do. Requests are done in order, each
// after the events that it must not overtake, and answered once what they have led to is committed.
type Request struct {
	Verb  Verb
	After uint64 // sequence of a message of the inbox: the request waits until that has been processed
	Event event.Event
	State []byte // nil: none
	// Done is called once, on the driver's goroutine or the caller's; it must not block.
	Done func(Answer)

	answered atomic.Bool
	looked   bool              // whether the message After is there
	ends     map[uint64]uint64 // where each source ended when the request came; see source.key
	first    uint64
	count    uint32
}

// Answer is what a request has led to.
type Answer struct {
	Outputs event.Batch
	State   []byte
	Err     *fault.Error
}

// answer answers a request, unless it has been answered.
func (q *Request) answer(a Answer) {
	if !q.answered.Swap(true) {
		q.Done(a)
	}
}

// Why a request isn't done.
var (
	errElsewhere = fault.New(fault.NotFound, "this node does not run the daemon")
	errLeft      = fault.New(fault.MeshUnavailable, "this node has given the daemon up, and what was asked has not been done")
	errUnknown   = fault.New(fault.Timeout, "another node has taken the daemon over, and it is not known whether what was asked has been done")
	errHeld      = fault.New(fault.BackingOff, "the daemon does not take the state of its last commit, and processes nothing")
)

// Ask queues a request. A daemon that this node doesn't run answers not_found: ask again where it
// runs.
func (d *Driver) Ask(q *Request) {
	d.mu.Lock()
	err := errLeft
	if d.refuses != nil {
		err = d.refuses
	} else if !d.ended && d.set.closing.Err() == nil {
		d.requests = append(d.requests, q)
		d.wakeLocked()
		d.mu.Unlock()
		return
	}
	d.mu.Unlock()
	q.answer(Answer{Err: err})
}

// Owns reports whether this node runs the daemon.
func (d *Driver) Owns() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.machine.Phase() == ownership.Owner
}

// head returns the request whose turn it is. While the daemon processes nothing, that is the first one that
// needn't wait until it does: refusal is what a deliver gets then, and a flush of a daemon that is stopped.
func (d *Driver) head() (q *Request, refusal *fault.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.requests) == 0 {
		return nil, nil
	}
	why := d.hold
	if why == nil && d.blocked {
		why = d.why
	}
	if why != nil {
		for _, q := range d.requests {
			if q.Verb == Snapshot || q.Verb == GiveBack || q.Verb == Deliver && why != meshed.ErrHeld || q.Verb == Flush && why.Kind == fault.Stopped {
				return q, why
			}
		}
	}
	return d.requests[0], nil
}

// serve does the request whose turn it is, if what it waits for has been processed. It reports whether
// something was done.
func (d *Driver) serve() bool {
	q, refusal := d.head()
	if q != nil && refusal == nil {
		if later := d.refusalLater(q); later != nil {
			if d.takeOut(q) {
				q.answer(Answer{Err: later})
			}
			return true
		}
	}
	switch {
	case q == nil || refusal == nil && (!d.ready(q) || q.Verb == Deliver && d.lag.behind != 0):
		return false
	case refusal != nil && (q.Verb == Deliver || q.Verb == Flush):
		if d.takeOut(q) {
			q.answer(Answer{Err: refusal})
		}
		return true
	case q.Verb == Deliver:
		return d.deliver(q)
	case q.Verb == Flush && !d.swept(q) || !d.isCommitted():
		return false
	}
	if !d.takeOut(q) {
		return true // it has been refused
	}
	switch q.Verb {
	case Snapshot:
		d.snapshot(q)
	case GiveBack:
		d.giveBack(q)
	case Flush, Deliver:
		q.answer(Answer{})
	}
	return true
}

// isCommitted reports whether everything that was processed is committed, and has it committed if not.
func (d *Driver) isCommitted() bool {
	if !d.open.dirty() {
		return true
	}
	d.open.forced = true
	return false
}

// deliver has the daemon process the event of a request.
func (d *Driver) deliver(q *Request) bool {
	e := q.Event
	if d.windows.Seen(e.Origin, e.Sequence) {
		if !d.isCommitted() {
			return false
		}
		outputs, known, err := d.recall(e.Origin, e.Sequence)
		if err != nil {
			d.log(logs.Debug, "reading the answer to a deliver again: %v", err)
			return d.pause(tryAgain)
		}
		if !d.takeOut(q) {
			return true
		}
		if known {
			q.answer(Answer{Outputs: outputs})
			return true
		}
		q.answer(Answer{Err: fault.New(fault.AlreadyProcessed, "daemon %q has processed the event %d of %#x before, and its outputs are no longer known", d.daemon.Name(), e.Sequence, e.Origin)})
		return true
	}
	in := event.Batch{Metas: []event.Meta{{Origin: e.Origin, Sequence: e.Sequence, Length: uint64(len(e.Payload))}}, Bytes: e.Payload}
	if !d.takeOut(q) {
		return true // it has been refused; from here on it isn't any more
	}
	resumes := d.resumes.Load()
	stepped, err := d.daemon.Step(in, d.out+1)
	if err == meshed.ErrHeld { // it has its turn when the daemon goes on
		d.putBack(q)
		d.block(err, resumes)
		return false
	}
	switch {
	case err != nil:
		q.answer(Answer{Err: err})
		return true
	case stepped.Starved:
		q.answer(Answer{Err: fault.New(fault.OutOfMemory, "there is no memory to process the event %d of %#x by daemon %q", e.Sequence, e.Origin, d.daemon.Name())})
		return true
	case len(stepped.Failures) > 0:
		f := stepped.Failures[0]
		q.answer(Answer{Err: fault.New(fault.ProcessFailed, "process of daemon %q returned %d for the event %d of %#x", d.daemon.Name(), f.Status, e.Sequence, e.Origin)})
		if d.set.options.Restart || f.Lost {
			d.stale = true
		} else {
			d.opened(1) // its state may have changed
		}
		return true
	}
	d.collect(in, stepped)
	n := stepped.Outputs.Len()
	d.windows.Add(e.Origin, e.Sequence)
	d.opened(1)
	q.first, q.count = d.out-uint64(n)+1, uint32(n) //nolint:gosec // of one event
	d.open.delivers = append(d.open.delivers, q)
	d.open.forced = true
	return true
}

// snapshot answers with the state that is committed.
func (d *Driver) snapshot(q *Request) {
	if !d.daemon.HasSnapshot() {
		q.answer(Answer{})
		return
	}
	var state []byte
	err := d.daemon.Seal(func(now []byte) error {
		state = bytes.Clone(now)
		return nil
	})
	q.answer(Answer{State: state, Err: err})
}

// giveBack gives the daemon a state and commits it.
func (d *Driver) giveBack(q *Request) {
	if !d.daemon.HasRestore() && len(q.State) > 0 {
		q.answer(Answer{Err: fault.New(fault.RestoreFailed, "daemon %q has no restore callback to give %d bytes of state to", d.daemon.Name(), len(q.State))})
		return
	}
	if err := d.daemon.Reset(q.State, false); err != nil {
		d.stale = true // it is what it was before
		q.answer(Answer{Err: err})
		return
	}
	d.last.summed = false
	d.open.restored, d.open.given = true, q.State
	d.open.delivers = append(d.open.delivers, q)
	d.open.forced = true
}

// refuseAll answers everything that waits, as this node doesn't do it.
func (d *Driver) refuseAll(err *fault.Error) {
	d.answerOpen(errUnknown)
	d.answerAll(err)
}

func (d *Driver) answerAll(err *fault.Error) {
	d.mu.Lock()
	requests := d.requests
	d.requests = nil
	d.mu.Unlock()
	for _, q := range requests {
		q.answer(Answer{Err: err})
	}
}

// answerOpen answers delivers whose commit failed.
func (d *Driver) answerOpen(err *fault.Error) {
	delivers := d.open.delivers
	d.open.delivers = nil
	for _, q := range delivers {
		q.answer(Answer{Err: err})
	}
}
