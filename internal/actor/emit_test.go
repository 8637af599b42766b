package actor_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/sched"
)

// emitted is a sink.
type emitted func(outputs, in events.Batch)

func (f emitted) Emit(in events.Batch, w *actor.Workspace) {
	outputs, causes := w.Outputs()
	var of events.Batch
	for _, c := range causes {
		of.Metas = append(of.Metas, in.Metas[c])
	}
	f(outputs, of)
}

func TestOutputsAreEmittedWithTheirCauses(t *testing.T) {
	var text string
	a, _ := newSummer(t, func(e *actor.Env) {
		e.Sink.Set(emitted(func(out, in events.Batch) {
			for i := range out.Len() {
				text += fmt.Sprintf("%d#%d=%s<%d#%d ", out.At(i).Origin, out.At(i).Sequence, out.At(i).Payload, in.Metas[i].Origin, in.Metas[i].Sequence)
			}
		}))
	})
	in := numbers("1", "2")
	stepped, err := a.Step(in, 1)
	if err != nil {
		t.Fatal(err)
	}
	a.Emit(stepped.Outputs, in.Metas)
	if want := "5#1=1<9#1 5#2=3<9#2 "; text != want {
		t.Errorf("%q, want %q", text, want)
	}
}

// What an actor that isn't durable has processed for the mesh goes to its subscribers as well, in the order in which it
// was emitted, and waits for room where they have none.
func TestSubscribersGetWhatIsEmittedForTheMesh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := env(sched.NewPool())
		e.InboxCapacity = 2
		s := &summer{daemon: daemon{t: t}}
		a := actor.New(e, 5, "summer", s, channel())
		a.MakeShared()
		defer a.Release()
		to := &summer{daemon: daemon{t: t}}
		b := actor.New(e, 6, "subscriber", to, channel())
		defer b.Release()
		if a.Sinks() {
			t.Error("somebody takes its outputs")
		}
		a.Subscribe(b)
		if !a.Sinks() {
			t.Error("nobody takes its outputs")
		}
		for _, in := range []events.Batch{numbers("1", "1", "1", "1", "1"), numbers("1"), numbers("1", "1")} {
			stepped, err := a.Step(in, 1)
			if err != nil {
				t.Fatal(err)
			}
			a.Emit(stepped.Outputs, in.Metas)
		}
		synctest.Wait()
		if to.sum != 1+2+3+4+5+6+7+8 {
			t.Errorf("the outputs that the subscriber has got make %d", to.sum)
		}
	})
}
