package meshos

import (
	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	"netmeshos/internal/event"
)

// Output is what a daemon has emitted.
type Output struct {
	DaemonID   uint64 // who emitted it
	InOrigin   uint64 // of the event that was processed
	InSequence uint64
	Sequence   uint64 // from 1, without gaps, for each daemon
	Payload    []byte // valid during the call
}

// OutputFunc takes outputs: those of one daemon in order, those of different daemons at the
// same time. It runs as part of a method of the daemon.
type OutputFunc func(Output)

// Emit implements actor.Sink.
func (f OutputFunc) Emit(in event.Batch, w *actor.Workspace) {
	outputs, causes := w.Outputs()
	for i := range outputs.Len() {
		o, cause := outputs.At(i), in.Metas[causes[i]]
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

// Deliver has a daemon process an event and returns when it has, after the events that were
// posted before. Its outputs go to f, which may be nil, before Deliver returns, and to where
// they always go.
//
// Errors: not_found, already_shutdown (the SDK), invalid_argument (a payload that is too
// long), draining, stopped, backing_off, process_failed, invalid_state (from inside a method
// that the daemon waits for).
func (s *SDK) Deliver(id uint64, e InboundEvent, f OutputFunc) error {
	return asError(s.node.Deliver(id, e, actor.Reply{Sink: sinkOf(f)}, actor.Start{At: clock.Now()}, s.caller))
}

// Post puts copies of events into a daemon's inbox and says how many it took, from the first
// on. It never waits. Errors: those of Deliver but for the last two, and queue_full (the
// inbox has no room for all).
func (s *SDK) Post(id uint64, events []InboundEvent) (accepted int, err error) {
	n, failure := s.node.Post(id, events)
	return n, asError(failure)
}

// SetOutput sends the outputs of all daemons to f; nil is none. When it returns, the function
// before is not running and won't be called again; from inside a method of a daemon it
// doesn't wait for that. Error: already_shutdown.
func (s *SDK) SetOutput(f OutputFunc) error { return asError(s.node.SetOutput(sinkOf(f), s.caller)) }

// Subscribe sends the outputs of one daemon to another as events, whose origin is the
// emitting daemon's id and whose sequence is the output's. Subscribing again changes nothing.
// Errors: not_found, already_shutdown (the SDK).
func (s *SDK) Subscribe(from, to uint64) error { return asError(s.node.Subscribe(from, to)) }

// Unsubscribe takes a Subscribe back. Errors: not_found (also when there was no such
// subscription), already_shutdown (the SDK).
func (s *SDK) Unsubscribe(from, to uint64) error { return asError(s.node.Unsubscribe(from, to)) }

// Snapshot returns a daemon's state, taken between two events; nil if it has none. A restart
// after a failure goes back to the state taken last. Errors: not_found, already_shutdown (the
// SDK), stopped, invalid_state (from inside a method that the daemon waits for).
func (s *SDK) Snapshot(id uint64) ([]byte, error) {
	state, err := s.node.Snapshot(id, s.caller)
	return state, asError(err)
}

// Restore gives a daemon a state between two events. Errors: those of Snapshot, and
// restore_failed.
func (s *SDK) Restore(id uint64, state []byte) error {
	return asError(s.node.Restore(id, state, s.caller))
}
