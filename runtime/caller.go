package meshos

import "netmeshos/internal/actor"

// callers are the daemons whose methods a call is made inside, innermost first.
type callers []*Handle

// callerOf returns nil for no callers, because an empty slice is not a nil interface.
func callerOf(c callers) actor.Caller {
	if len(c) == 0 {
		return nil
	}
	return c
}

// Actors implements actor.Caller.
func (c callers) Actors() []*actor.Actor {
	actors := make([]*actor.Actor, len(c))
	for i, h := range c {
		actors[i] = h.daemon.Actor()
	}
	return actors
}

// InsideLogFunction implements actor.Caller.
func (c callers) InsideLogFunction() bool { return false }

// Inside returns the SDK for calls that are made inside methods of these daemons,
// innermost first. A call that would have to wait for such a method to return either
// doesn't wait or fails with invalid_state; its documentation says which.
func (s *SDK) Inside(daemons ...*Handle) *SDK {
	return &SDK{node: s.node, caller: callerOf(daemons)}
}

// Inside returns the handle for calls that are made inside methods of these daemons: see
// SDK.Inside.
func (h *Handle) Inside(daemons ...*Handle) *Handle {
	return &Handle{daemon: h.daemon, mailbox: h.mailbox, caller: callerOf(daemons)}
}

// Unnested implements actor.Unnested.
func (c callers) Unnested() {}
