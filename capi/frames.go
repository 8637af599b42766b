package main

// #include "cells.h"
// #include "frames.h"
import "C"

import "netmeshos/internal/actor"

// caller is the calling thread's callbacks as an actor.Caller.
type caller struct{ innermost *C.struct_frame }

// callerOf keeps no frame from becoming a caller.
func callerOf(innermost *C.struct_frame) actor.Caller {
	if innermost == nil {
		return nil
	}
	return caller{innermost}
}

// Actors implements actor.Caller.
func (c caller) Actors() (actors []*actor.Actor) {
	for f := c.innermost; f != nil; f = f.outer {
		if f.daemon == nil {
			continue
		}
		if d := daemons.get(uint32(f.daemon.slot.index)); d != nil {
			actors = append(actors, d.daemon.Actor())
		}
	}
	return actors
}

// InsideLogFunction implements actor.Caller.
func (c caller) InsideLogFunction() bool {
	for f := c.innermost; f != nil; f = f.outer {
		if f.daemon == nil {
			return true
		}
	}
	return false
}
