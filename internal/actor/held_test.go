package actor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/restart"
)

// With "restart" a batch ends at the failed event; further steps are refused until the mesh hears
// that the daemon may go on.
func TestAFailureHoldsTheNextStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		may := make(chan uint64, 9)
		a, s := newSummer(t, func(e *actor.Env) {
			e.Restart = true
			e.Backoff = restart.Config{First: time.Second, Initial: time.Second, Max: time.Second, Threshold: 2, Window: time.Hour, Cooldown: time.Minute, Stable: time.Minute}
			e.MayStep = func(id uint64) { may <- id }
		})
		if err := a.Seal(func([]byte) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got, err := a.Step(numbers("1", "x", "2"), 1); err != nil || show(got) != "2 [{1 -7 <nil> false}] 5#1=1<0" {
			t.Fatalf("%s, %v", show(got), err)
		}
		began := time.Now()
		if err := a.Reset([]byte("10"), false); err != nil || time.Since(began) > 0 {
			t.Errorf("the reset of a held daemon: %v after %v", err, time.Since(began))
		}
		if _, err := a.Step(numbers("1"), 1); err != meshed.ErrHeld || len(may) > 0 {
			t.Errorf("%v, and the mesh heard %d times; want ErrHeld", err, len(may))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got, err := a.Step(numbers("1"), 1); err != nil || show(got) != "1 [] 5#1=11<0" || len(may) != 1 {
			t.Errorf("%s, %v after the backoff, and the mesh heard %d times", show(got), err, len(may))
		}
		if got, err := a.Step(numbers("x"), 2); err != nil || got.Handled != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		if _, err := a.Step(numbers("1"), 2); err == nil || err.Kind != fault.BackingOff {
			t.Errorf("%v, want backing_off", err)
		}
		heard := len(may)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(may) != heard+1 || <-may != 5 {
			t.Errorf("the mesh heard %d times", len(may))
		}
		if _, err := a.Step(numbers("1"), 2); err != nil || s.sum != 12 {
			t.Errorf("%v, the sum is %d", err, s.sum)
		}
	})
}

// A Snapshot that fails has the daemon held, as the mesh begins anew from the last commit; where
// memory is short the mesh itself waits.
func TestABrokenSnapshotHoldsTheNextStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		may := make(chan uint64, 9)
		a, s := newSummer(t, func(e *actor.Env) {
			e.Backoff = restart.Config{First: time.Second, Initial: time.Second, Max: time.Second, Threshold: 9, Window: time.Minute, Cooldown: time.Minute, Stable: time.Minute}
			e.MayStep = func(id uint64) { may <- id }
		})
		for _, c := range []struct {
			kind fault.Kind
			want *fault.Error
		}{{fault.OutOfMemory, nil}, {"callback_failed", meshed.ErrHeld}} {
			s.broken = fault.New(c.kind, "not now")
			if err := a.Seal(func([]byte) error { t.Error("committed"); return nil }); err != s.broken {
				t.Errorf("%s: Seal: %v", c.kind, err)
			}
			if _, err := a.Step(numbers("1"), 1); err != c.want {
				t.Errorf("%s: Step: %v, want %v", c.kind, err, c.want)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, err := a.Step(numbers("1"), 1); err != nil || len(may) != 1 {
			t.Errorf("after the hold: %v, and the mesh heard %d times", err, len(may))
		}
	})
}
