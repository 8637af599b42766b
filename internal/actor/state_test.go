package actor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/restart"
	"netmeshos/internal/sched"
)

// forgetful has no memory for a snapshot once noMemory is set. It fails at each event.
type forgetful struct {
	actor.None
	noMemory bool
	restored chan string
}

func (f *forgetful) Features() actor.Features { return actor.HasSnapshot | actor.HasRestore }

func (f *forgetful) Snapshot() ([]byte, *fault.Error) {
	if f.noMemory {
		return nil, fault.New(fault.OutOfMemory, "none left")
	}
	return []byte("state"), nil
}

func (f *forgetful) Restore(state []byte) int32 {
	f.restored <- string(state)
	return 0
}

func (f *forgetful) Process(in events.Batch, w *actor.Workspace) {
	w.Result.Handled = 1
	w.Result.Failures = append(w.Result.Failures, actor.Failure{Status: 1, Lost: f.noMemory})
}

func TestAFailedSnapshotKeepsThePreviousOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &forgetful{restored: make(chan string, 1)}
		e := env(sched.NewPool())
		e.Restart = true
		e.Backoff = restart.Config{Initial: time.Second, Max: time.Second, Threshold: 9, Window: time.Minute, Cooldown: time.Minute, Stable: time.Minute}
		h := actor.New(e, 1, "forgetful", d, channel())
		defer h.Release()
		if state, err := h.Snapshot(nil); err != nil || string(state) != "state" {
			t.Fatalf("the first snapshot is %q, %v", state, err)
		}
		d.noMemory = true
		if state, err := h.Snapshot(nil); err == nil || err.Kind != fault.OutOfMemory || state != nil {
			t.Fatalf("the second snapshot is %q, %v; want out_of_memory", state, err)
		}
		if err := h.Deliver(events.Event{}, nil, actor.Start{}, nil); err == nil || err.Kind != fault.OutOfMemory {
			t.Errorf("an event that there is no memory for: %v, want out_of_memory", err)
		}
		d.noMemory = false
		if err := h.Deliver(events.Event{}, nil, actor.Start{}, nil); err == nil || err.Kind != fault.ProcessFailed {
			t.Errorf("an event that fails: %v, want process_failed", err)
		}
		if got := <-d.restored; got != "state" {
			t.Errorf("the restart restores %q, want the state taken first", got)
		}
	})
}
