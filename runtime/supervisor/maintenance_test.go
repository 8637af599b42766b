package supervisor_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"netmeshos/runtime/control"
	"netmeshos/runtime/fault"
	"netmeshos/runtime/supervisor"
	"netmeshos/runtime/view"
)

const (
	ramp  = 10 * time.Second
	drain = 60 * time.Second
)

var (
	epoch  = time.Unix(1_000_000, 0)
	quiet  = supervisor.Situation{Quiet: true}
	busy   = supervisor.Situation{Waiting: 3, Busy: 2}
	well   = supervisor.Situation{Quiet: true, Healthy: true}
	finish = []control.Event{{Kind: control.DrainFinish}}
)

// node is a state machine with what is asked of it at times after the epoch.
type node struct {
	*supervisor.Maintenance
	t *testing.T
}

func (n node) enter(after time.Duration, kind fault.Kind) {
	n.t.Helper()
	tell, err := n.Enter(epoch.Add(after), drain)
	n.check("Enter", tell, []control.Event{{Kind: control.DrainStart, GraceMS: 60_000}}, err, kind)
}

func (n node) exit(after time.Duration, want []control.Event, kind fault.Kind) {
	n.t.Helper()
	tell, err := n.Exit(epoch.Add(after))
	n.check("Exit", tell, want, err, kind)
}

func (n node) check(what string, tell, want []control.Event, err *fault.Error, kind fault.Kind) {
	n.t.Helper()
	if kind != "" {
		if !errors.Is(err, &fault.Error{Kind: kind}) || len(tell) > 0 {
			n.t.Errorf("%s: %v, tells %v; want %s", what, err, tell, kind)
		}
		return
	}
	if err != nil || !slices.Equal(tell, want) {
		n.t.Errorf("%s: %v, tells %v; want %v", what, err, tell, want)
	}
}

func (n node) advance(after time.Duration, s supervisor.Situation, want []control.Event, moves bool) {
	n.t.Helper()
	tell, moved := n.Advance(epoch.Add(after), s)
	if moved != moves || !slices.Equal(tell, want) {
		n.t.Errorf("after %v it moves: %v, and tells %v; want %v, %v", after, moved, tell, moves, want)
	}
}

// is checks the phase, since when it is, whether events are refused, and when
// the next step is due, 0 for never.
func (n node) is(phase view.Phase, since time.Duration, draining bool, due time.Duration) {
	n.t.Helper()
	s := n.State()
	if s.Phase != phase || n.Draining() != draining || phase != view.Active && !s.Since.Equal(epoch.Add(since)) {
		n.t.Errorf("state %+v, draining %v; want %v since %v, %v", s, n.Draining(), phase, since, draining)
	}
	if due == 0 && !n.Due().IsZero() || due != 0 && !n.Due().Equal(epoch.Add(due)) {
		n.t.Errorf("due at %v, want after %v", n.Due(), due)
	}
}

func TestMaintenance(t *testing.T) {
	for name, course := range map[string]func(node){
		"there and back": func(n node) {
			n.is(view.Active, 0, false, 0)
			n.advance(0, well, nil, false)
			n.enter(0, "")
			n.is(view.EnteringMaintenance, 0, true, drain)
			n.advance(time.Second, busy, nil, false)
			n.advance(2*time.Second, quiet, finish, true)
			n.is(view.Maintenance, 2*time.Second, true, 0)
			n.advance(time.Hour, well, nil, false)
			n.exit(time.Hour, nil, "")
			n.is(view.ExitingMaintenance, time.Hour, false, 0)
			n.advance(2*time.Hour, quiet, nil, false)
			n.advance(2*time.Hour, well, nil, true)
			n.is(view.Recovery, 2*time.Hour, false, 2*time.Hour+ramp)
			n.advance(2*time.Hour+ramp-1, well, nil, false)
			n.advance(2*time.Hour+ramp, busy, nil, true)
			n.is(view.Active, 0, false, 0)
		},
		"the drain takes too long": func(n node) {
			n.enter(0, "")
			n.advance(drain-1, busy, nil, false)
			n.advance(drain, busy, finish, true)
			n.is(view.DrainFailed, drain, true, 0)
			if reason := n.State().Reason; !strings.Contains(reason, "3 events") || !strings.Contains(reason, "2 daemons") {
				n.t.Errorf("reason %q", reason)
			}
			n.advance(time.Hour, well, nil, false)
			n.exit(time.Hour, nil, "")
			n.is(view.ExitingMaintenance, time.Hour, false, 0)
			if n.State().Reason != "" {
				n.t.Error("the reason stays")
			}
		},
		"quiet just when the time is over": func(n node) {
			n.enter(0, "")
			n.advance(drain, quiet, finish, true)
			n.is(view.Maintenance, drain, true, 0)
		},
		"a drain that is given up": func(n node) {
			n.enter(0, "")
			n.exit(time.Second, finish, "")
			n.is(view.ExitingMaintenance, time.Second, false, 0)
		},
		"out of Recovery": func(n node) {
			n.enter(0, "")
			n.exit(0, finish, "")
			n.advance(0, well, nil, true)
			n.enter(time.Second, "")
			n.is(view.EnteringMaintenance, time.Second, true, time.Second+drain)
		},
		"what makes no sense": func(n node) {
			n.exit(0, nil, fault.InvalidState)
			n.enter(0, "")
			n.enter(0, fault.InvalidState)
			n.advance(0, quiet, finish, true)
			n.enter(0, fault.InvalidState)
			n.exit(0, nil, "")
			n.exit(0, nil, fault.InvalidState)
			n.enter(0, fault.InvalidState)
			n.advance(0, well, nil, true)
			n.exit(0, nil, fault.InvalidState)
			n.is(view.Recovery, 0, false, ramp)
		},
	} {
		t.Run(name, func(t *testing.T) { course(node{supervisor.NewMaintenance(ramp), t}) })
	}
}
