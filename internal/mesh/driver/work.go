package driver

import (
	"slices"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/ownership"
)

// open is what has been processed and isn't committed.
type open struct {
	events   int // that were processed, or whose failure was noted
	passed   bool
	forced   bool   // somebody waits for the commit
	restored bool   // the state comes from outside
	given    []byte // that state, of a daemon that takes no snapshots
	since    time.Time
	outputs  event.Batch
	causes   []event.Meta
	dead     event.Batch
	delivers []*Request // in the order of their outputs
}

func (o *open) dirty() bool { return o.events > 0 || o.passed || len(o.delivers) > 0 }

// Bounds of what may be open while a commit has to wait.
const (
	mostOpenEvents = 1 << 20
	mostOpenBytes  = 8 << 20
)

// work is a turn of an owner.
func (d *Driver) work() bool {
	if !d.set.options.Held() {
		return d.idle() // Lease wakes
	}
	if d.stale {
		d.mu.Lock()
		blocked := d.blocked
		d.mu.Unlock()
		if blocked {
			return d.held()
		}
		return d.reset()
	}
	d.undivert()
	d.renews()
	d.emitUnseen()
	if err := d.applySubscriptions(); err != nil {
		return d.pause(tryAgain)
	}
	more := false
	for _, s := range d.sources {
		if err := d.refill(s); err != nil {
			d.log(logs.Debug, "reading %s: %v", s.subject, err)
			return d.pause(tryAgain)
		}
		more = more || len(s.queue) > 0
	}
	d.measure()
	d.mu.Lock()
	blocked := d.blocked || d.hold != nil
	for _, s := range d.sources {
		more = more || s.waiting()
	}
	d.mu.Unlock()
	moved, slowed := false, false
	if !d.full() {
		slowed = d.slowed()
		moved = d.serve()
		if d.stale || d.lost() {
			return true
		}
		if !moved && !blocked && !d.full() {
			moved = d.stepNext()
			if d.stale {
				return true
			}
			if !moved && d.isBlocked() { // it has been found out just now
				moved = d.serve()
			}
		}
	}
	if moved {
		d.measure()
	}
	now := time.Now()
	if wait, due := d.due(now, moved && more); due {
		d.commit()
		if !d.stale && !d.lost() && (d.tidy.events >= d.set.options.PurgeEvents || d.hurries.Load()) {
			d.tidyUp(time.Now())
		}
		return true
	} else if moved {
		return true
	} else if wait > 0 {
		return d.rest(wait)
	}
	d.tidyUp(now)
	if slowed {
		return d.rest(lagAgain)
	}
	if d.awaitsLater() {
		return d.rest(laterAgain)
	}
	return d.idle()
}

// isAlone reports whether what has been processed must be committed before anything else: the outputs of a commit are
// numbered without a gap, and with direct events the daemon may number others between those of two steps.
func (d *Driver) isAlone() bool { return d.set.options.Direct && d.open.outputs.Len() > 0 }

// full reports whether nothing more may be processed before a commit.
func (d *Driver) full() bool {
	return d.isAlone() || d.open.events >= d.set.options.CommitEvents && (!d.waitsForState(time.Now()) || d.open.events >= mostOpenEvents || len(d.open.outputs.Bytes) >= mostOpenBytes)
}

// due reports whether it is time for a commit, or how long that is to wait; 0: there is nothing to
// commit. more: there will be more to commit.
func (d *Driver) due(now time.Time, more bool) (wait time.Duration, due bool) {
	if !d.open.dirty() {
		return 0, false
	}
	if left := d.last.notBefore.Sub(now); left > 0 {
		return left, false
	}
	if d.open.forced || d.isAlone() || d.failing.next || d.open.events >= d.set.options.CommitEvents {
		return 0, true
	}
	if !more && d.open.outputs.Len() > 0 { // somebody may wait for them
		return 0, true
	}
	if left := d.set.options.CommitEvery - now.Sub(d.open.since); left > 0 {
		return left, false
	}
	return 0, true
}

func (d *Driver) waitsForState(now time.Time) bool { return d.last.notBefore.After(now) }

// stepNext has the daemon process the next batch; false: there is none, or it can't now.
func (d *Driver) stepNext() bool {
	b := d.gather(max(1, d.set.options.CommitEvents-d.open.events))
	if len(b.from) == 0 {
		moved := slices.ContainsFunc(b.ends, func(e end) bool { return e.chunk > 0 })
		d.processed(b, 0)
		return moved
	}
	if b.failing && d.failing.attempts >= d.set.options.Attempts {
		d.open.dead.Add(b.in.At(0))
		d.log(logs.Error, "event %d of %#x is a dead letter of daemon %q, which failed %d times to process it", b.in.Metas[0].Sequence, b.in.Metas[0].Origin, d.daemon.Name(), d.failing.attempts)
		d.failing = failure{}
		d.processed(b, 1)
		d.opened(1)
		d.open.forced = true // or the next event that fails brings it back
		return true
	}
	resumes := d.resumes.Load()
	stepped, err := d.daemon.Step(b.in, d.out+1)
	if err != nil {
		d.block(err, resumes)
		return false
	}
	for _, f := range stepped.Failures {
		if d.set.options.Restart || f.Lost {
			d.failed(b, int(f.Index), f)
			return true
		}
		d.open.dead.Add(b.in.At(int(f.Index)))
		d.log(logs.Error, "event %d of %#x is a dead letter of daemon %q: process returned %d", b.in.Metas[f.Index].Sequence, b.in.Metas[f.Index].Origin, d.daemon.Name(), f.Status)
	}
	d.collect(b.in, stepped)
	d.processed(b, stepped.Handled)
	d.opened(stepped.Handled)
	if b.failing && stepped.Handled > 0 {
		d.failing = failure{}
	}
	if stepped.Starved {
		d.pause(10 * time.Millisecond)
	}
	return true
}

func (d *Driver) opened(events int) {
	if d.open.since.IsZero() {
		d.open.since = time.Now()
	}
	d.open.events += events
}

// collect takes the outputs of a step.
func (d *Driver) collect(in event.Batch, s meshed.Stepped) {
	n := s.Outputs.Len()
	if n == 0 {
		return
	}
	o := &d.open
	offset := uint64(len(o.outputs.Bytes))
	if o.outputs.Len() == 0 && cap(o.outputs.Metas) == 0 {
		o.outputs = event.Batch{Metas: s.Outputs.Metas[:0:0], Bytes: nil}
	}
	if d.set.options.Direct {
		d.out = max(d.out, s.Outputs.Metas[0].Sequence-1) // it has numbered others meanwhile
	}
	for i := range n {
		m := s.Outputs.Metas[i]
		d.out++
		o.outputs.Metas = append(o.outputs.Metas, event.Meta{Origin: d.id, Sequence: d.out, Offset: m.Offset + offset, Length: m.Length})
		cause := &in.Metas[s.Causes[i]]
		o.causes = append(o.causes, event.Meta{Origin: cause.Origin, Sequence: cause.Sequence})
	}
	o.outputs.Bytes = append(o.outputs.Bytes, s.Outputs.Bytes...)
}

// failed goes back to the last commit, to process up to before the event again, and then the event
// alone.
func (d *Driver) failed(b *batch, index int, f meshed.Failure) {
	from := b.from[index]
	c := &from.source.queue[from.chunk]
	if !d.failing.is(from.source, c.sequence, from.index) {
		d.failing = failure{producer: from.source.id, inbox: from.source.inbox, sequence: c.sequence, index: from.index}
	}
	d.failing.attempts++
	d.failing.next = false
	d.log(logs.Warn, "daemon %q goes back to its last commit: process returned %d for event %d of %#x, attempt %d", d.daemon.Name(), f.Status, b.in.Metas[index].Sequence, b.in.Metas[index].Origin, d.failing.attempts)
	d.stale = true
}

// block waits for Resumed, unless that was called since there were so many of its calls.
func (d *Driver) block(err *fault.Error, resumes uint64) {
	d.mu.Lock()
	if d.blocked = d.resumes.Load() == resumes; d.blocked {
		d.why = err
		d.again = d.again || slices.ContainsFunc(d.requests, isAboutState) // which needn't wait now
	}
	d.mu.Unlock()
	d.log(logs.Debug, "daemon %q processes nothing now: %v", d.daemon.Name(), err)
}

func (d *Driver) isBlocked() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.blocked || d.hold != nil
}

func (d *Driver) lost() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.machine.Phase()
	return p != ownership.Owner && p != ownership.Releasing
}
