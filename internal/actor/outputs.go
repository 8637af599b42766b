package actor

import (
	"slices"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
)

// SinkPlace holds where the outputs of all daemons of an SDK go besides to
// their subscribers.
type SinkPlace struct {
	sink atomic.Pointer[Sink]
}

// Set changes the sink; nil is none. A call of the old one may still run: see
// Host.AwaitEmit.
func (p *SinkPlace) Set(s Sink) {
	if s == nil {
		p.sink.Store(nil)
		return
	}
	p.sink.Store(&s)
}

// AwaitEmit returns when no call of a sink that has been replaced before runs
// for this host.
func (h *Host) AwaitEmit() {
	h.emitting.Lock()
	defer h.emitting.Unlock()
}

// process has the daemon process a batch and sends its outputs on. What became
// of it stands at the desk. The token is held; finish must follow.
func (h *Host) process(in event.Parcel, each Each, began Began) {
	d := h.desk
	subscribers := h.subscribers.Load()
	o := &d.Order // field by field: a literal would be built elsewhere and copied, which stalls
	o.DaemonID = h.id
	o.FirstOutput = h.outputs + 1
	o.Keep = subscribers != nil
	o.Show = h.env.Sink.sink.Load() != nil
	o.Each = each
	o.StopOnFailure = h.env.Restart
	o.Began = began
	h.began.Store(int64(began.At))
	d.Done.reset()
	h.callbacks.Process(in, d)
	if d.Done.Emitted == 0 {
		return
	}
	h.outputs += uint64(d.Done.Emitted)
	if o.Show {
		h.emit(in)
	}
	if subscribers != nil {
		all := make([]placement, len(*subscribers))
		for i, to := range *subscribers {
			all[i] = placement{to, d.Done.Outputs}
		}
		h.placeAll(all)
	}
	d.Done.Outputs = event.Parcel{}
}

func (h *Host) emit(in event.Parcel) {
	h.emitting.Lock()
	defer h.emitting.Unlock()
	defer func() {
		if cause := recover(); cause != nil {
			h.notePanic(cause)
		}
	}()
	if sink := h.env.Sink.sink.Load(); sink != nil {
		(*sink).Emit(in, h.desk)
	}
}

// placement is outputs on their way into a subscriber's inbox.
type placement struct {
	to   *Host
	rest event.Parcel
}

// takePending takes the outputs that wait; mu is held.
func (h *Host) takePending() []placement {
	pending := h.pending
	h.pending = nil
	for _, p := range pending {
		leaveWait(p.to, h)
	}
	return pending
}

// placeAll puts outputs into their subscribers' inboxes. What doesn't fit waits,
// and the host processes no more events until it does. Only where that would
// make hosts wait for each other in a circle, an inbox takes more than its
// capacity: else the circle would stand still for ever. The token is held, mu
// is not.
func (h *Host) placeAll(all []placement) {
	for _, p := range all {
		rest := p.to.admit(p.rest, h)
		if rest.Len() == 0 {
			continue
		}
		if !enterWait(p.to, h) {
			p.to.admitOver(rest)
			continue
		}
		h.mu.Lock()
		over := h.phase != open || h.halted // nobody waits for the outputs of a daemon that has stopped
		if over {
			leaveWait(p.to, h)
		} else {
			h.pending = append(h.pending, placement{p.to, rest})
		}
		h.mu.Unlock()
		if over {
			p.to.admitOver(rest)
		}
	}
}

// admit takes as many events of a producer as there is room for and returns
// the rest; if there is one, the producer is told when there is room again.
func (h *Host) admit(p event.Parcel, from *Host) event.Parcel {
	h.mu.Lock()
	defer h.mu.Unlock()
	room := max(0, h.env.InboxCapacity-h.inbox.waiting)
	if p.Len() <= room || h.phase != open || h.halted {
		h.take(p)
		return event.Parcel{}
	}
	if !slices.Contains(h.crowd, from) {
		h.crowd = append(h.crowd, from)
	}
	h.take(p.Slice(0, room))
	return p.Slice(room, p.Len())
}

// admitOver takes events whether or not there is room.
func (h *Host) admitOver(p event.Parcel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.take(p)
}

// take puts a parcel into the inbox, or drops it if the daemon has been
// stopped; mu is held.
func (h *Host) take(p event.Parcel) {
	switch {
	case p.Len() == 0:
	case h.phase != open || h.halted:
		h.stats.Discarded += uint64(p.Len())
	default:
		h.inbox.share(p)
		h.env.Load.add(p.Len())
		h.schedule()
	}
}

// takeCrowd takes the producers that wait for room; mu is held.
func (h *Host) takeCrowd() []*Host {
	crowd := h.crowd
	h.crowd = nil
	return crowd
}

// admitCrowd tells the producers that wait for room that there is some; mu is
// held, and given up for a while.
func (h *Host) admitCrowd() {
	if len(h.crowd) == 0 || h.inbox.waiting > h.env.InboxCapacity/2 {
		return
	}
	crowd := h.takeCrowd()
	h.mu.Unlock()
	retry(crowd)
	h.mu.Lock()
}

func retry(producers []*Host) {
	for _, p := range producers {
		p.retry()
	}
}

// retry has the outputs that wait placed again.
func (h *Host) retry() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.room = true
	h.schedule()
}
