package meshos_test

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// A stopped daemon is not probed, so Recovery doesn't wait for it.
func TestRecoveryIgnoresStoppedDaemons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var asked atomic.Int64
		unhealthy := register(t, sdk, 1, healthFunc(func() meshos.Health { asked.Add(1); return meshos.Unhealthy }))
		other := register(t, sdk, 2, newRecorder(t))
		time.Sleep(150 * time.Millisecond)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		time.Sleep(time.Second)
		inState(t, sdk, other, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":1000}`)
		wantKind(t, "StopDaemon", sdk.StopDaemon(unhealthy.ID(), 1), "")
		before := asked.Load()
		time.Sleep(time.Second)
		if state := viewRuntime(t, sdk).Maintenance.State; state != "Recovery" {
			t.Errorf("the node is in %s", state)
		}
		if now := asked.Load(); now != before {
			t.Errorf("it was asked %d times after it was stopped", now-before)
		}
		wantKind(t, "RestartDaemon", sdk.RestartDaemon(unhealthy.ID()), "")
		time.Sleep(time.Second)
		if asked.Load() == before {
			t.Error("it is not asked again after a restart")
		}
	})
}

// Recovery doesn't wait for a daemon whose handle is freed while a callback hangs.
func TestRecoveryIgnoresEndedDaemons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		unhealthy := &slow{"Process", make(chan struct{})}
		h := register(t, sdk, 1, slowAndUnhealthy{unhealthy})
		time.Sleep(150 * time.Millisecond)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		post(t, sdk, h, word(1, "a"))
		time.Sleep(time.Second)
		if state := viewRuntime(t, sdk).Maintenance.State; state != "ExitingMaintenance" {
			t.Errorf("the node is in %s", state)
		}
		h.Release()
		time.Sleep(time.Second)
		if state := viewRuntime(t, sdk).Maintenance.State; state != "Recovery" {
			t.Errorf("the node is in %s", state)
		}
		close(unhealthy.gate)
	})
}

// slowAndUnhealthy is slow and never healthy.
type slowAndUnhealthy struct{ *slow }

func (s slowAndUnhealthy) Health() meshos.Health { return meshos.Unhealthy }
