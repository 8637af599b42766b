package meshos

import (
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/logs"
	"netmeshos/internal/supervisor"
	"netmeshos/internal/view"
)

// EnterMaintenance takes the node out of work: all daemons get DrainStart, no
// new events are taken, and when all that wait are processed the node is in
// Maintenance. The drain fails after drainMS milliseconds; 0 means the
// configured time. Errors: already_shutdown, invalid_state.
func (s *SDK) EnterMaintenance(drainMS uint64) error {
	if drainMS == 0 {
		drainMS = s.config.DrainDeadlineMS
	}
	s.state.Lock()
	defer s.state.Unlock()
	if s.IsDown() {
		return errSDKShutDown
	}
	tell, err := s.maintenance.Enter(time.Now(), supervisor.Interval(drainMS))
	if err != nil {
		return err
	}
	s.env.Draining.Store(true)
	for _, h := range s.all() {
		h.actor.Barrier()
	}
	s.moved()
	s.tell(tell)
	s.env.Load.WatchQuiet(true)
	s.loop.Poke()
	return nil
}

// ExitMaintenance takes the node back to work: events are taken again, and when
// all daemons have said that they are healthy the node is in Recovery, and after
// the ramp time Active. Errors: already_shutdown, invalid_state.
func (s *SDK) ExitMaintenance() error {
	s.state.Lock()
	defer s.state.Unlock()
	if s.IsDown() {
		return errSDKShutDown
	}
	tell, err := s.maintenance.Exit(time.Now())
	if err != nil {
		return err
	}
	s.env.Load.WatchQuiet(true) // when all have answered
	s.moved()
	s.tell(tell)
	s.env.Draining.Store(false)
	s.askAll() // now, not at the next tick
	s.loop.Poke()
	return nil
}

// moved publishes a new maintenance state; s.state is held.
func (s *SDK) moved() {
	state := s.maintenance.State()
	node := *s.node.Load()
	was := node.Maintenance.Phase
	node.Maintenance = state
	s.node.Store(&node)
	level := logs.Info
	if state.Phase == view.DrainFailed {
		level = logs.Error
	}
	if state.Reason != "" {
		s.note(level, 0, "maintenance: %v, was %v: %s", state.Phase, was, state.Reason)
		return
	}
	s.note(level, 0, "maintenance: %v, was %v", state.Phase, was)
}

// tell sends events to all daemons; s.state is held, so that every daemon gets
// them in the same order.
func (s *SDK) tell(events []Event) {
	if len(events) == 0 {
		return
	}
	daemons := s.all()
	for _, e := range events {
		for _, h := range daemons {
			h.send(e)
		}
	}
}

// attend makes the decisions that are due. It runs on the loop's goroutine.
func (s *SDK) attend(now time.Time) (next time.Time) {
	return earlier(s.watch(now), s.advance(now))
}

// earlier is the earlier of two times, where zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// advance has the state machines make the steps that are due.
func (s *SDK) advance(now time.Time) time.Time {
	s.state.Lock()
	defer s.state.Unlock()
	if s.IsDown() {
		return time.Time{}
	}
	next := s.attendBackpressure(now)
	next = earlier(next, s.noteLatePressure(now))
	for {
		events, moved := s.maintenance.Advance(now, s.situation())
		if !moved {
			return earlier(next, s.maintenance.Due())
		}
		s.env.Load.WatchQuiet(false)
		s.moved()
		s.tell(events)
	}
}

const (
	// pressurePause is how long daemons are left alone after they have been
	// told of backpressure: with a load that swings between the marks they
	// would be told of nothing else. What happens meanwhile is told after it.
	pressurePause = 10 * time.Millisecond
	// pressureNotes is how often the log says that it is on, or its level.
	pressureNotes = time.Second
)

// attendBackpressure returns when it is to be called next; zero: when the
// load says so.
func (s *SDK) attendBackpressure(now time.Time) time.Time {
	load := s.env.Load
	if now.Before(s.pressureDue) {
		return s.pressureDue
	}
	load.Mute(false)
	peak := load.TakePeak()
	events := s.backpressure.Update(load.Waiting(), peak)
	load.SetBounds(s.backpressure.Bounds())
	if len(events) == 0 {
		return time.Time{}
	}
	s.pressureDue = now.Add(pressurePause)
	load.Mute(true)
	s.notePressure(now, events, peak)
	s.tell(events)
	return s.pressureDue
}

func (s *SDK) notePressure(now time.Time, events []Event, peak uint64) {
	for _, e := range events {
		switch {
		case e.Kind == ControlBackpressureOff:
			if s.pressureShown { // what was said is taken back
				s.note(logs.Info, 0, "backpressure off")
			}
			s.pressureShown = false
		case now.Sub(s.pressureNoted) >= pressureNotes:
			s.pressureNoted, s.pressureShown = now, true
			s.note(logs.Warn, 0, "backpressure on, level %.2f: %d events were waiting", e.Level, peak)
		}
	}
}

// noteLatePressure says that backpressure is on if that was not to be said when it
// came, so that the log does not end with an off that has long been no more. It
// returns when that is due; zero: there is nothing to say.
func (s *SDK) noteLatePressure(now time.Time) time.Time {
	on, level := s.backpressure.On()
	if !on || s.pressureShown {
		return time.Time{}
	}
	if due := s.pressureNoted.Add(pressureNotes); now.Before(due) {
		return due
	}
	s.pressureNoted, s.pressureShown = now, true
	s.note(logs.Warn, 0, "backpressure on, level %.2f: %d events are waiting", level, s.env.Load.Waiting())
	return time.Time{}
}

func (s *SDK) situation() supervisor.Situation {
	busy := s.env.Load.Busy()
	return supervisor.Situation{
		Running: func() []string { return s.env.Running(3) },
		Quiet:   busy == 0,
		Waiting: s.env.Load.Waiting(),
		Busy:    busy,
		Healthy: s.maintenance.State().Phase == view.ExitingMaintenance && s.healthySince(s.maintenance.State().Since),
	}
}

// healthySince reports whether all daemons that are asked have said since a time
// that they are healthy; those that have been stopped, or end, are not.
func (s *SDK) healthySince(since time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for h := range s.probed {
		if !h.actor.Answers() {
			continue
		}
		if vitals, at := h.actor.VitalsAt(); vitals.Health != actor.Healthy || at.Before(since) {
			return false
		}
	}
	return true
}
