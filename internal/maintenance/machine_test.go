package maintenance

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/phase"
)

var dawn = time.UnixMilli(1_000_000)

const (
	ramp  = 5 * time.Minute
	drain = 10 * time.Minute
)

// Situations of the daemons.
var (
	atWork = Daemons{Waiting: 7, Busy: 2}
	quiet  = Daemons{Idle: true}
	well   = Daemons{Idle: true, Healthy: true}
)

// node drives a machine through time, and collects the control events in said.
type node struct {
	t    *testing.T
	m    *Machine
	now  time.Time
	said string
}

func newNode(t *testing.T) *node {
	return &node{t: t, m: NewMachine(ramp), now: dawn}
}

func (n *node) hear(events []control.Event) {
	for _, e := range events {
		n.said += e.Kind.String() + " "
	}
}

func (n *node) enter()               { n.hear(must(n.m.Enter(n.now, drain))) }
func (n *node) exit()                { n.hear(must(n.m.Exit(n.now))) }
func (n *node) see(s Daemons)        { events, _ := n.m.Advance(n.now, s); n.hear(events) }
func (n *node) wait(d time.Duration) { n.now = n.now.Add(d) }
func (n *node) does(steps ...func(n *node)) *node {
	for _, s := range steps {
		s(n)
	}
	n.said = ""
	return n
}

func must(events []control.Event, err *fault.Error) []control.Event {
	if err != nil {
		panic(err)
	}
	return events
}

// ways leads into each phase.
var ways = map[phase.Phase][]func(*node){
	phase.Active:              nil,
	phase.EnteringMaintenance: {(*node).enter},
	phase.Maintenance:         {(*node).enter, func(n *node) { n.see(quiet) }},
	phase.DrainFailed:         {(*node).enter, func(n *node) { n.wait(drain); n.see(atWork) }},
	phase.ExitingMaintenance:  {(*node).enter, func(n *node) { n.see(quiet) }, (*node).exit},
	phase.Recovery:            {(*node).enter, func(n *node) { n.see(quiet) }, (*node).exit, func(n *node) { n.see(well) }},
}

func TestEveryInputInEveryPhase(t *testing.T) {
	const refused = "refused"
	inputs := map[string]func(*node) *fault.Error{
		"enter": func(n *node) *fault.Error {
			events, err := n.m.Enter(n.now, drain)
			n.hear(events)
			return err
		},
		"exit": func(n *node) *fault.Error {
			events, err := n.m.Exit(n.now)
			n.hear(events)
			return err
		},
		"at work":        func(n *node) *fault.Error { n.see(atWork); return nil },
		"at work, well":  func(n *node) *fault.Error { n.see(Daemons{Busy: 1, Healthy: true}); return nil },
		"quiet":          func(n *node) *fault.Error { n.see(quiet); return nil },
		"quiet and well": func(n *node) *fault.Error { n.see(well); return nil },
		"time goes by":   func(n *node) *fault.Error { n.wait(time.Hour); n.see(atWork); return nil },
	}
	type outcome struct {
		phase phase.Phase
		said  string
	}
	nothing := func(p phase.Phase) outcome { return outcome{p, ""} }
	for from, rows := range map[phase.Phase]map[string]outcome{
		phase.Active: {
			"enter":          {phase.EnteringMaintenance, "DrainStart "},
			"exit":           {phase.Active, refused},
			"at work":        nothing(phase.Active),
			"at work, well":  nothing(phase.Active),
			"quiet":          nothing(phase.Active),
			"quiet and well": nothing(phase.Active),
			"time goes by":   nothing(phase.Active),
		},
		phase.EnteringMaintenance: {
			"enter":          {phase.EnteringMaintenance, refused},
			"exit":           {phase.ExitingMaintenance, "DrainFinish "},
			"at work":        nothing(phase.EnteringMaintenance),
			"at work, well":  nothing(phase.EnteringMaintenance),
			"quiet":          {phase.Maintenance, "DrainFinish "},
			"quiet and well": {phase.Maintenance, "DrainFinish "},
			"time goes by":   {phase.DrainFailed, "DrainFinish "},
		},
		phase.Maintenance: {
			"enter":          {phase.Maintenance, refused},
			"exit":           nothing(phase.ExitingMaintenance),
			"at work":        nothing(phase.Maintenance),
			"at work, well":  nothing(phase.Maintenance),
			"quiet":          nothing(phase.Maintenance),
			"quiet and well": nothing(phase.Maintenance),
			"time goes by":   nothing(phase.Maintenance),
		},
		phase.DrainFailed: {
			"enter":          {phase.DrainFailed, refused},
			"exit":           nothing(phase.ExitingMaintenance),
			"at work":        nothing(phase.DrainFailed),
			"at work, well":  nothing(phase.DrainFailed),
			"quiet":          nothing(phase.DrainFailed), // being idle too late doesn't undo a failure
			"quiet and well": nothing(phase.DrainFailed),
			"time goes by":   nothing(phase.DrainFailed),
		},
		phase.ExitingMaintenance: {
			"enter":          {phase.ExitingMaintenance, refused},
			"exit":           {phase.ExitingMaintenance, refused},
			"at work":        nothing(phase.ExitingMaintenance),
			"at work, well":  nothing(phase.Recovery),
			"quiet":          nothing(phase.ExitingMaintenance),
			"quiet and well": nothing(phase.Recovery),
			"time goes by":   nothing(phase.ExitingMaintenance),
		},
		phase.Recovery: {
			"enter":          {phase.EnteringMaintenance, "DrainStart "},
			"exit":           {phase.Recovery, refused},
			"at work":        nothing(phase.Recovery),
			"at work, well":  nothing(phase.Recovery),
			"quiet":          nothing(phase.Recovery),
			"quiet and well": nothing(phase.Recovery),
			"time goes by":   nothing(phase.Active),
		},
	} {
		for name, input := range inputs {
			want, known := rows[name]
			if !known {
				t.Fatalf("%v: no row for %q", from, name)
			}
			n := newNode(t).does(ways[from]...)
			before := n.m.State()
			if before.Phase != from {
				t.Fatalf("the way to %v leads to %v", from, before.Phase)
			}
			err := input(n)
			if got := n.m.State().Phase; got != want.phase {
				t.Errorf("%v, %s: %v, want %v", from, name, got, want.phase)
			}
			if want.said == refused {
				switch {
				case !errors.Is(err, &fault.Error{Kind: fault.InvalidState}):
					t.Errorf("%v, %s: %v, want invalid_state", from, name, err)
				case !strings.Contains(err.Message, from.String()):
					t.Errorf("%v, %s: the message %q doesn't name the state", from, name, err.Message)
				case n.m.State() != before || n.said != "":
					t.Errorf("%v, %s: refused, but %+v and sent %q", from, name, n.m.State(), n.said)
				}
				continue
			}
			if err != nil || n.said != want.said {
				t.Errorf("%v, %s: sent %q (%v), want %q", from, name, n.said, err, want.said)
			}
		}
	}
}

func TestTimesOfEachPhase(t *testing.T) {
	for from, want := range map[phase.Phase]struct {
		since, deadline, due time.Duration // since the start of the test; -1: zero
	}{
		phase.Active:              {-1, -1, -1},
		phase.EnteringMaintenance: {0, drain, drain},
		phase.Maintenance:         {0, -1, -1},
		phase.DrainFailed:         {drain, -1, -1},
		phase.ExitingMaintenance:  {0, -1, -1},
		phase.Recovery:            {0, -1, ramp},
	} {
		n := newNode(t).does(ways[from]...)
		state := n.m.State()
		for what, pair := range map[string]struct {
			got  time.Time
			want time.Duration
		}{
			"since":    {state.Since, want.since},
			"deadline": {state.Deadline, want.deadline},
			"due":      {n.m.Due(), want.due},
		} {
			if pair.want < 0 && !pair.got.IsZero() || pair.want >= 0 && !pair.got.Equal(dawn.Add(pair.want)) {
				t.Errorf("%v: %s is %v, want %v after the dawn", from, what, pair.got.Sub(dawn), pair.want)
			}
		}
		if (state.Reason != "") != (from == phase.DrainFailed) {
			t.Errorf("%v: reason %q", from, state.Reason)
		}
	}
}

func TestADrainFailsAtItsDeadlineAndNotBefore(t *testing.T) {
	n := newNode(t).does((*node).enter)
	n.wait(drain - 1)
	if _, moved := n.m.Advance(n.now, atWork); moved {
		t.Errorf("%v a nanosecond before the deadline", n.m.State().Phase)
	}
	n.wait(1)
	if _, moved := n.m.Advance(n.now, atWork); !moved {
		t.Errorf("%v at the deadline", n.m.State().Phase)
	}
	if reason := n.m.State().Reason; !strings.Contains(reason, "7 events") || !strings.Contains(reason, "2 daemons") {
		t.Errorf("the reason %q doesn't say what had not drained", reason)
	}
}

// Daemons that are idle at the deadline are drained, even if the supervisor looks late.
func TestIdleAtTheDeadlineIsDrained(t *testing.T) {
	n := newNode(t).does((*node).enter)
	n.wait(2 * drain)
	n.see(quiet)
	if got := n.m.State().Phase; got != phase.Maintenance {
		t.Errorf("%v, want Maintenance", got)
	}
}

func TestRecoveryLastsTheRampTime(t *testing.T) {
	n := newNode(t).does(ways[phase.Recovery]...)
	n.wait(ramp - 1)
	if _, moved := n.m.Advance(n.now, atWork); moved {
		t.Error("Active a nanosecond before the ramp is over")
	}
	n.wait(1)
	if _, moved := n.m.Advance(n.now, atWork); !moved || n.m.State() != (phase.State{}) {
		t.Errorf("%+v after the ramp", n.m.State())
	}
}

// A node that enters maintenance during Recovery gets the full drain time, and afterwards
// the full ramp time.
func TestMaintenanceFromRecovery(t *testing.T) {
	n := newNode(t).does(ways[phase.Recovery]...)
	n.wait(ramp / 2)
	n.does(ways[phase.Recovery]...)
	if due := n.m.Due(); !due.Equal(n.now.Add(ramp)) {
		t.Errorf("Active in %v, want %v", due.Sub(n.now), ramp)
	}
}

func TestDrainStartSaysTheMillisecondsLeft(t *testing.T) {
	for _, c := range []struct {
		drain time.Duration
		want  uint64
	}{{time.Millisecond, 1}, {10 * time.Minute, 600_000}, {math.MaxInt64, math.MaxInt64 / 1_000_000}} {
		m := NewMachine(ramp)
		events := must(m.Enter(dawn, c.drain))
		if len(events) != 1 || events[0] != (control.Event{Kind: control.DrainStart, GraceMS: c.want}) {
			t.Errorf("a drain of %v: sent %+v, want DrainStart with %d ms", c.drain, events, c.want)
		}
		if due := m.Due(); due.Before(dawn) {
			t.Errorf("a drain of %v ends in the past", c.drain)
		}
	}
}
