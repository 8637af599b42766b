package meshos

import (
	"slices"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// InboundEvent is one event for a daemon.
type InboundEvent = event.Event

// Output is what a daemon has emitted.
type Output struct {
	DaemonID   uint64 // who emitted it
	InOrigin   uint64 // of the event that it was processing
	InSequence uint64
	Sequence   uint64 // from 1, without gaps, for each daemon
	Payload    []byte // valid during the call
}

// OutputFunc takes outputs: those of one daemon in order, those of different
// daemons at the same time. It runs as part of a callback of the daemon.
type OutputFunc func(Output)

// Emit implements actor.Sink.
func (f OutputFunc) Emit(in event.Parcel, at *actor.Desk) {
	out := at.Done.Outputs
	for i := range out.Len() {
		o := out.At(i)
		cause := in.Metas[at.Done.Causes[i]]
		f(Output{o.Origin, cause.Origin, cause.Sequence, o.Sequence, o.Payload})
	}
}

// sinkOf keeps a nil function from becoming a sink.
func sinkOf(f OutputFunc) actor.Sink {
	if f == nil {
		return nil
	}
	return f
}

// Deliver has a daemon process an event and returns when it has, after the
// events that were posted before. Its outputs go to f, which may be nil, before
// Deliver returns, and to where they always go.
//
// Errors: not_found, already_shutdown (the SDK), invalid_argument (a payload
// that is too long), draining, stopped, backing_off, process_failed,
// invalid_state (from inside a callback that the daemon waits for).
func (s *SDK) Deliver(id uint64, e InboundEvent, f OutputFunc) error {
	return s.DeliverInside(id, e, actor.Each{Sink: sinkOf(f)}, actor.Began{At: actor.Now()}, nil)
}

// DeliverInside is Deliver for a caller that runs inside callbacks of the
// given daemons.
func (s *SDK) DeliverInside(id uint64, e InboundEvent, each actor.Each, began actor.Began, callers []*Handle) error {
	h, err := s.find(id)
	if err != nil {
		return err
	}
	if err := s.checkPayload(e, 0); err != nil {
		return err
	}
	return asError(h.actor.Deliver(e, each, began, hostsOf(callers)))
}

func (s *SDK) checkPayload(e InboundEvent, index int) *Error {
	if n := uint64(len(e.Payload)); n > s.config.MaxPayloadBytes {
		return fault.New(fault.InvalidArgument, "the payload of event %d has %d bytes, but max_payload_bytes is %d", index, n, s.config.MaxPayloadBytes)
	}
	return nil
}

// Post puts copies of events into a daemon's inbox and says how many it took,
// from the first on. It never waits. Errors: those of Deliver but for the last
// two, and queue_full (the inbox has no room for all).
func (s *SDK) Post(id uint64, events []InboundEvent) (accepted int, err error) {
	h, failure := s.find(id)
	if failure != nil {
		return 0, failure
	}
	for i, e := range events {
		if err := s.checkPayload(e, i); err != nil {
			return 0, err
		}
	}
	n, failure := h.actor.Post(events)
	return n, asError(failure)
}

// Flush waits until the daemon's inbox is empty and none of its callbacks
// runs; id 0 means all daemons. A limit of 0 or less is none. Errors:
// not_found, already_shutdown (the SDK), timeout, invalid_state (from inside a
// callback that would have to end).
func (s *SDK) Flush(id uint64, limit time.Duration) error { return s.FlushInside(id, limit, nil) }

// FlushInside is Flush for a caller that runs inside callbacks of the given
// daemons.
func (s *SDK) FlushInside(id uint64, limit time.Duration, callers []*Handle) error {
	if limit <= 0 {
		limit = -1
	}
	if id != 0 {
		h, err := s.find(id)
		if err != nil {
			return err
		}
		return asError(h.actor.Flush(limit, hostsOf(callers)))
	}
	if s.IsDown() {
		return errSDKShutDown
	}
	if slices.ContainsFunc(callers, func(h *Handle) bool { return h.sdk == s }) {
		return fault.New(fault.InvalidState, "all daemons can't be flushed from inside a callback of one of them")
	}
	if len(callers) > 0 {
		return s.flushEach(limit, callers)
	}
	quiet := s.env.Load.Quiet()
	if quiet == nil || actor.WaitFor(quiet, limit) {
		return nil
	}
	return fault.New(fault.Timeout, "%d events were waiting and %d daemons had something to do after %v", s.env.Load.Waiting(), s.env.Load.Busy(), limit)
}

// flushEach waits for one daemon after the other, so that it is known whom the
// callers wait for, and no two callbacks wait for each other.
func (s *SDK) flushEach(limit time.Duration, callers []*Handle) error {
	over := time.Now().Add(limit)
	for _, h := range s.all() {
		left := limit
		if limit > 0 {
			left = max(0, time.Until(over))
		}
		if err := h.actor.Flush(left, hostsOf(callers)); err != nil {
			return err
		}
	}
	return nil
}

// SetOutput sends the outputs of all daemons to f; nil is none. When it
// returns, the function before is not running and won't be called again.
func (s *SDK) SetOutput(f OutputFunc) error { return s.SetOutputInside(sinkOf(f), false) }

// SetOutputInside is SetOutput; from inside a callback it doesn't wait for the
// function before.
func (s *SDK) SetOutputInside(sink actor.Sink, inside bool) error {
	if s.IsDown() {
		return errSDKShutDown
	}
	s.env.Sink.Set(sink)
	if !inside {
		for _, h := range s.all() {
			h.actor.AwaitEmit()
		}
	}
	return nil
}

// Subscribe sends the outputs of one daemon to another as events, whose origin
// is the emitting daemon's id and whose sequence is the output's. Subscribing
// again changes nothing. Errors: not_found, already_shutdown (the SDK).
func (s *SDK) Subscribe(from, to uint64) error {
	producer, subscriber, err := s.pair(from, to)
	if err != nil {
		return err
	}
	producer.actor.Subscribe(subscriber.actor)
	return nil
}

// Unsubscribe takes a Subscribe back. Errors: not_found (also when there was
// no such subscription), already_shutdown (the SDK).
func (s *SDK) Unsubscribe(from, to uint64) error {
	producer, subscriber, err := s.pair(from, to)
	if err != nil {
		return err
	}
	if !producer.actor.Unsubscribe(subscriber.actor) {
		return fault.New(fault.NotFound, "daemon %#x is not subscribed to %#x", to, from)
	}
	return nil
}

func (s *SDK) pair(from, to uint64) (producer, subscriber *Handle, err error) {
	producer, failure := s.find(from)
	if failure != nil {
		return nil, nil, failure
	}
	subscriber, failure = s.find(to)
	return producer, subscriber, asError(failure)
}

// Snapshot returns a daemon's state, taken between two events; nil if it has
// none. A restart after a failure goes back to the state taken last. Errors:
// not_found, already_shutdown (the SDK), stopped, invalid_state (from inside a
// callback that the daemon waits for).
func (s *SDK) Snapshot(id uint64) ([]byte, error) { return s.SnapshotInside(id, nil) }

// SnapshotInside is Snapshot for a caller that runs inside callbacks of the
// given daemons.
func (s *SDK) SnapshotInside(id uint64, callers []*Handle) ([]byte, error) {
	h, err := s.find(id)
	if err != nil {
		return nil, err
	}
	state, err := h.actor.Snapshot(hostsOf(callers))
	return state, asError(err)
}

// Restore gives a daemon a state between two events. Errors: those of Snapshot,
// and restore_failed.
func (s *SDK) Restore(id uint64, state []byte) error { return s.RestoreInside(id, state, nil) }

// RestoreInside is Restore for a caller that runs inside callbacks of the given
// daemons.
func (s *SDK) RestoreInside(id uint64, state []byte, callers []*Handle) error {
	h, err := s.find(id)
	if err != nil {
		return err
	}
	return asError(h.actor.Restore(state, hostsOf(callers)))
}
