package meshos

import "netmeshos/internal/actor"

// callers are the daemons inside whose methods a call is made, innermost first.
type callers []*Handle

// callerOf keeps no callers from becoming a caller.
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

// Inside returns the SDK for calls that are made inside methods of the daemons, innermost
// first. A call that would have to wait for such a method to return doesn't wait, or gets
// invalid_state: each says which.
func (s *SDK) Inside(daemons ...*Handle) *SDK {
	return &SDK{node: s.node, caller: callerOf(daemons)}
}

// Inside returns the handle for calls that are made inside methods of the daemons: see
// SDK.Inside.
func (h *Handle) Inside(daemons ...*Handle) *Handle {
	return &Handle{daemon: h.daemon, mailbox: h.mailbox, caller: callerOf(daemons)}
}
