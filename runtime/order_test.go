package meshos_test

import (
	"testing"
	"time"

	meshos "netmeshos/runtime"
)

// door is a mailbox that calls a function when an event comes.
type door struct{ came func(meshos.Event) }

func (d door) Enqueue(e meshos.Event) bool { d.came(e); return true }

func (door) EndWaits() {}

func (door) Close() {}

// An EnterMaintenance that has begun is over before the SDK is down: after that
// nobody is told of it.
func TestNobodyIsToldOfMaintenanceAfterAShutdown(t *testing.T) {
	sdk := start(t, quiet)
	down := make(chan error, 1)
	h, err := sdk.RegisterWith("door", seed(1), door{func(e meshos.Event) {
		if e.Kind != meshos.ControlDrainStart {
			return // the drain may be over before the shutdown
		}
		go func() { down <- sdk.BeginShutdown() }()
		for over := time.Now().Add(100 * time.Millisecond); time.Now().Before(over); time.Sleep(time.Millisecond) {
			if sdk.IsDown() { // what must not happen is waited for, and not for long
				t.Error("the SDK is down while daemons are told of maintenance")
				return
			}
		}
	}})
	wantKind(t, "RegisterWith", err, "")
	defer h.Close()
	wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
	wantKind(t, "BeginShutdown", <-down, "")
	wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), meshos.KindAlreadyShutdown)
}
