package meshos

import (
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// Output is one output of a daemon.
type Output struct {
	DaemonID   uint64 // the daemon that emitted it
	InOrigin   uint64 // of the event that was processed
	InSequence uint64
	Sequence   uint64 // from 1, without gaps, for each daemon
	Payload    []byte // valid during the call
}

// OutputFunc gets outputs: those of one daemon in order, those of different daemons possibly
// at the same time. It runs as part of a method of the daemon.
type OutputFunc func(Output)

// outputSink is an OutputFunc as an actor.Sink.
type outputSink OutputFunc

// Emit implements actor.Sink.
func (f outputSink) Emit(in event.Batch, w *actor.Workspace) {
	outputs, causes := w.Outputs()
	for i := range outputs.Len() {
		o, cause := outputs.At(i), in.Metas[causes[i]]
		f(Output{o.Origin, cause.Origin, cause.Sequence, o.Sequence, o.Payload})
	}
}

// replySink is the output function of a Deliver as an actor.Sink.
type replySink struct {
	to       OutputFunc
	panicked any // what it panicked with last; nil: it has not
}

// Emit implements actor.Sink.
func (r *replySink) Emit(in event.Batch, w *actor.Workspace) {
	defer func() {
		if r.panicked = recover(); r.panicked != nil {
			panic(r.panicked) // the actor reports it
		}
	}()
	outputSink(r.to).Emit(in, w)
}

// sinkOf returns a nil sink for a nil function.
func sinkOf(f OutputFunc) actor.Sink {
	if f == nil {
		return nil
	}
	return outputSink(f)
}

// Deliver has a daemon process an event, after all events that were posted before it, and
// returns when that is done. The outputs go to f, which may be nil, before Deliver returns,
// and also to the function of SetOutput and the subscribers.
//
// Errors: not_found, already_shutdown (the SDK), invalid_argument (the payload is too
// long), draining, stopped, backing_off, process_failed, invalid_state (the daemon waits for
// a method that the caller runs inside), runtime_panic (the event is processed, but f has
// panicked).
func (s *SDK) Deliver(id uint64, e InboundEvent, f OutputFunc) error {
	start := actor.Start{At: clock.Now()}
	if f == nil {
		return asError(s.node.Deliver(id, e, nil, start, s.caller))
	}
	reply := replySink{to: f}
	err := s.node.Deliver(id, e, &reply, start, s.caller)
	if err == nil && reply.panicked != nil {
		err = fault.New(fault.RuntimePanic, "the daemon has processed the event, but the output function has panicked: %v", reply.panicked)
	}
	return asError(err)
}

// Post puts copies of events into a daemon's inbox and returns how many fit, counted from
// the first. It never waits. Errors: those of Deliver except the last two, and queue_full
// (there was no room for all).
func (s *SDK) Post(id uint64, events []InboundEvent) (accepted int, err error) {
	n, failure := s.node.Post(id, events)
	return n, asError(failure)
}

// PostWait is Post, but waits for room, at most for limit; a limit of 0 or less means
// forever. Events that others post may come between these. Errors: those of Post, where
// queue_full means that the time was over, and invalid_state (the daemon waits for a method
// that the caller runs inside).
func (s *SDK) PostWait(id uint64, events []InboundEvent, limit time.Duration) (accepted int, err error) {
	n, failure := s.node.PostWait(id, events, limit, s.caller)
	return n, asError(failure)
}

// SetOutput sends the outputs of all daemons to f; nil sends them nowhere. When it returns,
// the previous function is not running and won't be called again; from inside a method of a
// daemon it doesn't wait for that. Error: already_shutdown.
func (s *SDK) SetOutput(f OutputFunc) error { return asError(s.node.SetOutput(sinkOf(f), s.caller)) }

// Subscribe sends the outputs of one daemon to another as events. Their origin is the
// emitting daemon's id, their sequence the output's number. Subscribing again changes
// nothing. Errors: not_found, already_shutdown (the SDK).
func (s *SDK) Subscribe(from, to uint64) error { return asError(s.node.Subscribe(from, to)) }

// Unsubscribe ends a subscription. Errors: not_found (also if there was no such
// subscription), already_shutdown (the SDK).
func (s *SDK) Unsubscribe(from, to uint64) error { return asError(s.node.Unsubscribe(from, to)) }

// Snapshot returns a daemon's state, in order with the events that are posted; nil if it has
// no Snapshot or gives nothing. A restart after a failure restores the last state. Errors:
// not_found, already_shutdown (the SDK), stopped, invalid_state (the daemon waits for a
// method that the caller runs inside), callback_failed (the daemon's Snapshot panicked; the
// state taken before is still the last).
func (s *SDK) Snapshot(id uint64) ([]byte, error) {
	state, err := s.node.Snapshot(id, s.caller)
	return state, asError(err)
}

// Restore gives a daemon a state, in order with the events that are posted. Errors: those of Snapshot, and
// restore_failed.
func (s *SDK) Restore(id uint64, state []byte) error {
	return asError(s.node.Restore(id, state, s.caller))
}
