package maintenance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/phase"
)

// recorder is a Node that records the calls of its methods, in one order with the life
// events.
type recorder struct {
	daemons Daemons
	steps   []any         // calls, control events and life events
	states  []phase.State // the published states
	since   []time.Time   // the arguments of Daemons
}

// Calls, as values.

type (
	refuse    bool
	wakeIdle  bool
	published phase.Phase
	probed    struct{}
)

func (r *recorder) RefuseEvents(yes bool) { r.steps = append(r.steps, refuse(yes)) }
func (r *recorder) WakeWhenIdle(yes bool) { r.steps = append(r.steps, wakeIdle(yes)) }
func (r *recorder) ProbeAll()             { r.steps = append(r.steps, probed{}) }

func (r *recorder) Publish(s phase.State) {
	r.steps = append(r.steps, published(s.Phase))
	r.states = append(r.states, s)
}

func (r *recorder) Send(events []control.Event) {
	for _, e := range events {
		r.steps = append(r.steps, e)
	}
}

func (r *recorder) Daemons(since time.Time) Daemons {
	r.since = append(r.since, since)
	return r.daemons
}

func newSupervised(d Daemons) (*Supervisor, *recorder) {
	r := &recorder{daemons: d}
	return NewSupervisor(ramp, r, func(e life.Event) { r.steps = append(r.steps, e) }), r
}

// expect fails the test unless exactly these steps have happened since the last call.
func (r *recorder) expect(t *testing.T, what string, want ...any) {
	t.Helper()
	if !slices.Equal(r.steps, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, words(r.steps), words(want))
	}
	r.steps = nil
}

func words(all []any) string {
	var texts []string
	for _, one := range all {
		texts = append(texts, fmt.Sprintf("%T%+v", one, one))
	}
	return strings.Join(texts, ", ")
}

func later(d time.Duration) time.Time { return dawn.Add(d) }

func changed(from, to phase.Phase) life.Event { return life.MaintenanceChanged{From: from, To: to} }

var (
	drainStarts = control.Event{Kind: control.DrainStart, GraceMS: uint64(drain.Milliseconds())}
	drainEnds   = control.Event{Kind: control.DrainFinish}
)

func (s *Supervisor) mustEnter(t *testing.T, at time.Time) {
	t.Helper()
	if err := s.Enter(at, drain); err != nil {
		t.Fatal(err)
	}
}

func (s *Supervisor) mustExit(t *testing.T, at time.Time) {
	t.Helper()
	if err := s.Exit(at); err != nil {
		t.Fatal(err)
	}
}

func (s *Supervisor) wantNext(t *testing.T, at, want time.Time) {
	t.Helper()
	if next := s.Attend(at); !next.Equal(want) {
		t.Errorf("next at %v, want %v", next, want)
	}
}

// Events are refused before daemons learn of the drain, and idle daemons wake the supervisor
// only while it waits for them.
func TestSupervisorEntersAndExits(t *testing.T) {
	s, r := newSupervised(atWork)
	s.wantNext(t, dawn, time.Time{})
	r.expect(t, "active")

	s.mustEnter(t, dawn)
	r.expect(t, "Enter", refuse(true), published(phase.EnteringMaintenance),
		changed(phase.Active, phase.EnteringMaintenance), drainStarts, wakeIdle(true))
	s.wantNext(t, later(time.Second), later(drain))
	r.expect(t, "while events wait")

	r.daemons = quiet
	s.wantNext(t, later(time.Minute), time.Time{})
	r.expect(t, "drained", wakeIdle(false), published(phase.Maintenance),
		changed(phase.EnteringMaintenance, phase.Maintenance), drainEnds)
	s.wantNext(t, later(2*time.Minute), time.Time{})
	r.expect(t, "in maintenance")

	r.since = nil
	s.mustExit(t, later(time.Hour))
	r.expect(t, "Exit", wakeIdle(true), published(phase.ExitingMaintenance),
		changed(phase.Maintenance, phase.ExitingMaintenance), refuse(false), probed{})
	s.wantNext(t, later(time.Hour), time.Time{})
	r.expect(t, "before all are healthy")
	if want := []time.Time{later(time.Hour)}; !slices.Equal(r.since, want) {
		t.Errorf("asked for the daemons since %v, want %v", r.since, want)
	}

	r.daemons, r.since = well, nil
	s.wantNext(t, later(2*time.Hour), later(2*time.Hour+ramp))
	r.expect(t, "all are healthy", wakeIdle(false), published(phase.Recovery), changed(phase.ExitingMaintenance, phase.Recovery))
	if want := []time.Time{later(time.Hour), {}}; !slices.Equal(r.since, want) {
		t.Errorf("asked for the daemons since %v, want %v", r.since, want)
	}
	s.wantNext(t, later(2*time.Hour+ramp-1), later(2*time.Hour+ramp))
	r.expect(t, "on the ramp")
	s.wantNext(t, later(2*time.Hour+ramp), time.Time{})
	r.expect(t, "at its end", wakeIdle(false), published(phase.Active), changed(phase.Recovery, phase.Active))

	want := []phase.State{
		{Phase: phase.EnteringMaintenance, Since: dawn, Deadline: later(drain)},
		{Phase: phase.Maintenance, Since: later(time.Minute)},
		{Phase: phase.ExitingMaintenance, Since: later(time.Hour)},
		{Phase: phase.Recovery, Since: later(2 * time.Hour)},
		{},
	}
	if !slices.Equal(r.states, want) {
		t.Errorf("published %v, want %v", r.states, want)
	}
}

func TestSupervisorFailsADrain(t *testing.T) {
	s, r := newSupervised(atWork)
	r.daemons.Running = func() []string { return []string{`"a"`, `"b"`} }
	s.mustEnter(t, dawn)
	r.steps = nil
	s.wantNext(t, later(drain-1), later(drain))
	r.expect(t, "just before")
	s.wantNext(t, later(drain), time.Time{})
	reason := `when the time was over, 7 events were waiting and 2 daemons had something to do; callbacks ran of "a", "b"`
	r.expect(t, "when the time is over", wakeIdle(false), published(phase.DrainFailed),
		life.MaintenanceChanged{From: phase.EnteringMaintenance, To: phase.DrainFailed, Reason: reason}, drainEnds)
	r.daemons = quiet
	s.wantNext(t, later(drain+1), time.Time{})
	r.expect(t, "drained later")
	s.mustExit(t, later(time.Hour))
	r.expect(t, "Exit", wakeIdle(true), published(phase.ExitingMaintenance),
		changed(phase.DrainFailed, phase.ExitingMaintenance), refuse(false), probed{})
}

// Daemons that got a DrainStart get a DrainFinish before events are accepted again.
func TestSupervisorCancelsADrain(t *testing.T) {
	s, r := newSupervised(atWork)
	s.mustEnter(t, dawn)
	r.steps = nil
	s.mustExit(t, later(time.Second))
	r.expect(t, "Exit", wakeIdle(true), published(phase.ExitingMaintenance),
		changed(phase.EnteringMaintenance, phase.ExitingMaintenance), drainEnds, refuse(false), probed{})
}

// One call of Attend makes all the transitions that are due.
func TestSupervisorMakesSeveralTransitions(t *testing.T) {
	r := &recorder{daemons: well}
	s := NewSupervisor(0, r, func(e life.Event) { r.steps = append(r.steps, e) })
	s.mustEnter(t, dawn)
	s.Attend(dawn)
	s.mustExit(t, dawn)
	r.steps = nil
	s.wantNext(t, dawn, time.Time{})
	r.expect(t, "no ramp", wakeIdle(false), published(phase.Recovery), changed(phase.ExitingMaintenance, phase.Recovery),
		wakeIdle(false), published(phase.Active), changed(phase.Recovery, phase.Active))
}

func TestSupervisorEntersAgainFromRecovery(t *testing.T) {
	s, r := newSupervised(well)
	s.mustEnter(t, dawn)
	s.Attend(dawn)
	s.mustExit(t, dawn)
	s.Attend(dawn)
	r.steps = nil
	s.mustEnter(t, later(time.Second))
	r.expect(t, "Enter", refuse(true), published(phase.EnteringMaintenance),
		changed(phase.Recovery, phase.EnteringMaintenance), drainStarts, wakeIdle(true))
}

// A refused call changes nothing and calls nothing.
func TestSupervisorRefuses(t *testing.T) {
	s, r := newSupervised(atWork)
	refused := func(what string, err *fault.Error) {
		t.Helper()
		if !errors.Is(err, &fault.Error{Kind: fault.InvalidState}) {
			t.Errorf("%s: %v, want invalid_state", what, err)
		}
		r.expect(t, what)
	}
	before := s.State()
	refused("Exit while active", s.Exit(dawn))
	if s.State() != before {
		t.Errorf("the state is %v", s.State())
	}
	s.mustEnter(t, dawn)
	r.steps, before = nil, s.State()
	refused("Enter while entering", s.Enter(later(1), drain))
	if s.State() != before {
		t.Errorf("the state is %v", s.State())
	}
}
