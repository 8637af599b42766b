package actor_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/sched"
)

// summer adds up numbers, and emits each sum. It fails at what is no number.
type summer struct {
	daemon
	sum    int
	broken *fault.Error // of Snapshot
}

func (s *summer) Features() actor.Features { return actor.HasSnapshot | actor.HasRestore }

func (s *summer) Snapshot() ([]byte, *fault.Error) {
	defer s.enter()()
	if s.broken != nil {
		return nil, s.broken
	}
	return []byte(strconv.Itoa(s.sum)), nil
}

func (s *summer) Restore(state []byte) int32 {
	defer s.enter()()
	sum, err := strconv.Atoi("0" + string(state))
	if err != nil {
		return -1
	}
	s.sum = sum
	return 0
}

func (s *summer) Process(in events.Batch, w *actor.Workspace) {
	defer s.enter()()
	for i := range in.Len() {
		w.Result.Handled++
		n, err := strconv.Atoi(string(in.At(i).Payload))
		if err != nil {
			w.Result.Failures = append(w.Result.Failures, actor.Failure{Index: uint32(i), Status: -7})
			if w.Request.StopOnFailure {
				return
			}
			continue
		}
		s.sum += n
		w.Emitted(1)
		w.Result.Outputs.Add(events.Event{Origin: w.Request.DaemonID, Sequence: w.Request.FirstOutput + uint64(w.Result.Outputs.Len()), Payload: strconv.AppendInt(nil, int64(s.sum), 10)})
		w.Result.Causes = append(w.Result.Causes, uint32(i))
	}
}

func numbers(texts ...string) (b events.Batch) {
	for i, text := range texts {
		b.Add(events.Event{Origin: 9, Sequence: uint64(i + 1), Payload: []byte(text)})
	}
	return b
}

func newSummer(t *testing.T, change func(*actor.Env)) (*actor.Actor, *summer) {
	s := &summer{daemon: daemon{t: t}}
	e := env(sched.NewPool())
	change(e)
	a := actor.New(e, 5, "summer", s, channel())
	a.MakeDurable()
	t.Cleanup(func() { a.Release() })
	return a, s
}

func show(s meshed.Stepped) string {
	text := fmt.Sprint(s.Handled, s.Failures)
	for i := range s.Outputs.Len() {
		o := s.Outputs.At(i)
		text += fmt.Sprintf(" %d#%d=%s<%d", o.Origin, o.Sequence, o.Payload, s.Causes[i])
	}
	return text
}

func TestAStepReturnsNumberedOutputsAndGivesThemToNobody(t *testing.T) {
	a, _ := newSummer(t, func(e *actor.Env) {
		e.Sink.Set(emitted(func(events.Batch, events.Batch) { t.Error("the sink was called") }))
	})
	step := func(in events.Batch, first uint64, want string) {
		t.Helper()
		got, err := a.Step(in, first)
		if err != nil || show(got) != want {
			t.Errorf("%s, %v; want %s", show(got), err, want)
		}
	}
	step(numbers("1", "x", "2"), 41, "3 [{1 -7 <nil> false}] 5#41=1<0 5#42=3<2")
	step(numbers("4"), 43, "1 [] 5#43=7<0")
	step(numbers("1"), 7, "1 [] 5#7=8<0") // another node's commit had fewer
	if stats := a.View(0).Stats; stats.EventsIn != 5 || stats.Outputs != 4 || stats.Failed != 1 {
		t.Errorf("%+v", stats)
	}
	var many events.Batch
	for range actor.BatchEvents + 9 {
		many.Add(events.Event{Payload: []byte("1")})
	}
	if got, err := a.Step(many, 1); err != nil || got.Handled != actor.BatchEvents || got.Outputs.Len() != actor.BatchEvents {
		t.Errorf("%d handled, %v", got.Handled, err)
	}
}

func TestSealShowsTheStateAndNothingRunsMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newSummer(t, func(*actor.Env) {})
		if _, err := a.Step(numbers("3"), 1); err != nil {
			t.Fatal(err)
		}
		err := a.Seal(func(state []byte) error {
			if string(state) != "3" {
				t.Errorf("the state is %q", state)
			}
			stepped := make(chan struct{})
			go func() {
				defer close(stepped)
				if _, err := a.Step(numbers("4"), 2); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
			select {
			case <-stepped:
				t.Error("the daemon processes while its state is committed")
			default:
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		synctest.Wait()
		failure := errors.New("another is newer")
		if err := a.Seal(func(state []byte) error { return failure }); err == nil || !errors.Is(err, failure) {
			t.Errorf("%v, want the commit's error", err)
		}
		if err := a.Reset([]byte("3"), false); err != nil {
			t.Error(err)
		}
		if got, err := a.Step(numbers("1"), 2); err != nil || show(got) != "1 [] 5#2=4<0" {
			t.Errorf("after the reset %s, %v", show(got), err)
		}
		if err := a.Reset([]byte("x"), false); err == nil || err.Kind != fault.RestoreFailed {
			t.Errorf("%v, want restore_failed", err)
		}
	})
}

func TestOnlyADaemonThatIsNotAsRegisteredIsResetToNothing(t *testing.T) {
	a, s := newSummer(t, func(*actor.Env) {})
	if err := a.Reset(nil, false); err != nil || s.calls != 0 {
		t.Errorf("%v after %d callbacks", err, s.calls)
	}
	if _, err := a.Step(numbers("3"), 1); err != nil {
		t.Fatal(err)
	}
	if err := a.Reset(nil, false); err != nil || s.sum != 0 {
		t.Errorf("%v, the sum is %d", err, s.sum)
	}
}

func TestAStepIsRefusedWhileTheDaemonProcessesNothing(t *testing.T) {
	a, _ := newSummer(t, func(e *actor.Env) { e.Draining.Store(true) })
	want := func(kind fault.Kind) {
		t.Helper()
		if got, err := a.Step(numbers("1"), 1); (err == nil) != (kind == "") || err != nil && (err.Kind != kind || got.Handled != 0) {
			t.Errorf("%v %v, want %q", got, err, kind)
		}
	}
	want("") // what was accepted before is processed in a drain
	if _, err := a.BeginStop(1000); err != nil {
		t.Fatal(err)
	}
	want("") // and in the grace time
	a.Stop()
	want(fault.Stopped)
	if err := a.Seal(func(state []byte) error { return nil }); err != nil {
		t.Errorf("a stopped daemon can't be sealed: %v", err)
	}
	if err := a.Restart(); err != nil {
		t.Fatal(err)
	}
	want("")
	a.Release()
	want(fault.Stopped)
	if err := a.Seal(func([]byte) error { t.Error("committed after the end"); return nil }); err == nil {
		t.Error("sealed after the end")
	}
	if err := a.Reset([]byte("1"), false); err == nil {
		t.Error("reset after the end")
	}
}
