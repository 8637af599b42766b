package meshos_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/life"
	"netmeshos/internal/phase"
	meshos "netmeshos/runtime"
)

// metadataState returns the maintenance_state of a daemon's metadata.
func metadataState(t *testing.T, h *meshos.Handle) string {
	t.Helper()
	text, err := h.RefreshMetadata()
	wantKind(t, "RefreshMetadata", err, "")
	var m struct {
		State json.RawMessage `json:"maintenance_state"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return string(m.State)
}

// inState fails the test unless runtime_json and the metadata show this state.
func inState(t *testing.T, sdk *meshos.SDK, h *meshos.Handle, state, metadata string) {
	t.Helper()
	if got := viewRuntime(t, sdk).Maintenance.State; got != state {
		t.Errorf("state %s, want %s", got, state)
	}
	if got := metadataState(t, h); got != metadata {
		t.Errorf("metadata %s, want %s", got, metadata)
	}
}

var (
	drainStart  = func(ms uint64) meshos.Event { return meshos.Event{Kind: meshos.ControlDrainStart, GraceMS: ms} }
	drainFinish = meshos.Event{Kind: meshos.ControlDrainFinish}
)

// listener is a worker that keeps what it is received.
type listener struct {
	*recorder
	mu   sync.Mutex
	said []meshos.Event
}

func newListener(t *testing.T) *listener {
	l := &listener{recorder: newRecorder(t)}
	l.onControl = func(e meshos.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.said = append(l.said, e)
	}
	return l
}

// heard fails the test unless OnControl has been called with these events since the last
// heard, and the same events wait in the mailbox. It removes both.
func (l *listener) heard(h *meshos.Handle, want ...meshos.Event) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if fmt.Sprint(l.said) != fmt.Sprint(want) {
		l.t.Errorf("received %v, want %v", l.said, want)
	}
	l.said = nil
	for _, e := range want {
		next(l.t, h, e)
	}
	none(l.t, h)
}

// All six states, with their times.
func TestAllStatesOfMaintenance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.TickIntervalMS = 1_000
		sdk, seen := observe(t, config)
		a, b := newListener(t), newListener(t)
		ha, hb := register(t, sdk, 1, a), register(t, sdk, 2, b)
		b.before = func(meshos.InboundEvent) { time.Sleep(700 * time.Millisecond) }
		inState(t, sdk, ha, "Active", `{"kind":"active"}`)

		post(t, sdk, hb, words(1, "x y z")...)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		a.heard(ha, drainStart(600_000))
		inState(t, sdk, hb, "EnteringMaintenance", `{"deadline_remaining_ms":600000,"kind":"entering_maintenance","since_ms":0}`)
		time.Sleep(1_500 * time.Millisecond)
		inState(t, sdk, hb, "EnteringMaintenance", `{"deadline_remaining_ms":598500,"kind":"entering_maintenance","since_ms":1500}`)
		wantKind(t, "Post", func() error { _, err := sdk.Post(ha.ID(), words(1, "n")); return err }(), meshos.KindDraining)

		time.Sleep(610 * time.Millisecond) // all three are processed after 2.1 s
		a.heard(ha, drainFinish)
		b.heard(hb, drainStart(600_000), drainFinish)
		b.has("x", "y", "z")
		inState(t, sdk, hb, "Maintenance", `{"kind":"maintenance","since_ms":10}`)
		wantKind(t, "EnterMaintenance twice", sdk.EnterMaintenance(0), meshos.KindInvalidState)

		b.health.Store(int32(meshos.Degraded))
		time.Sleep(90 * time.Millisecond)
		inState(t, sdk, hb, "Maintenance", `{"kind":"maintenance","since_ms":100}`)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "") // at t = 2.2 s
		a.heard(ha)
		inState(t, sdk, ha, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":0}`)
		deliver(t, sdk, ha, word(1, "n"))
		time.Sleep(time.Second)
		inState(t, sdk, ha, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":1000}`)
		wantKind(t, "ExitMaintenance twice", sdk.ExitMaintenance(), meshos.KindInvalidState)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), meshos.KindInvalidState)
		b.health.Store(int32(meshos.Healthy)) // reported at the tick at 4 s
		time.Sleep(900 * time.Millisecond)
		inState(t, sdk, ha, "Recovery", `{"kind":"recovery","since_ms":100}`)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), meshos.KindInvalidState)

		time.Sleep(5*time.Minute - 101*time.Millisecond)
		inState(t, sdk, ha, "Recovery", `{"kind":"recovery","since_ms":299999}`)
		time.Sleep(time.Millisecond)
		synctest.Wait()
		inState(t, sdk, ha, "Active", `{"kind":"active"}`)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), meshos.KindInvalidState)
		a.heard(ha)
		b.heard(hb)
		seen.expect(t, nil,
			life.MaintenanceChanged{From: phase.Active, To: phase.EnteringMaintenance},
			life.MaintenanceChanged{From: phase.EnteringMaintenance, To: phase.Maintenance},
			life.MaintenanceChanged{From: phase.Maintenance, To: phase.ExitingMaintenance},
			life.MaintenanceChanged{From: phase.ExitingMaintenance, To: phase.Recovery},
			life.MaintenanceChanged{From: phase.Recovery, To: phase.Active})
	})
}

// slow is a daemon with one callback that waits at a gate. slowControl also has OnControl.
type (
	slow struct {
		in   string
		gate chan struct{}
	}
	slowControl struct{ *slow }
)

// Recovery doesn't wait for a daemon without a health callback. It does wait for one that
// doesn't answer or isn't healthy.
func TestRecoveryWaitsForUnhealthyDaemons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.TickIntervalMS = 1_000
		config.RecoveryRampMS = 5
		sdk := start(t, config)
		register(t, sdk, 1, processFunc(ignore))
		register(t, sdk, 2, saturationFunc(func() float32 { return 1 }))
		hang := make(chan struct{})
		silent := register(t, sdk, 3, healthFunc(func() meshos.Health { <-hang; return meshos.Healthy }))
		health := meshos.Unhealthy
		var mu sync.Mutex
		h := register(t, sdk, 4, healthFunc(func() meshos.Health { mu.Lock(); defer mu.Unlock(); return health }))
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		for _, said := range []meshos.Health{meshos.Unhealthy, meshos.Degraded, meshos.Healthy} {
			mu.Lock()
			health = said
			mu.Unlock()
			time.Sleep(time.Second)
			if got := viewRuntime(t, sdk).Maintenance.State; got != "ExitingMaintenance" {
				t.Errorf("%s while one is %v and one is silent", got, said)
			}
		}
		if sdk.Ticks() < 3 {
			t.Error("the supervisor waits for the silent one")
		}
		if !viewDaemon(t, sdk, silent).Overdue == (viewDaemon(t, sdk, silent).BusyMS >= 5_000) {
			t.Errorf("%+v", viewDaemon(t, sdk, silent))
		}
		close(hang)
		time.Sleep(2 * time.Second)
		inState(t, sdk, h, "Active", `{"kind":"active"}`)
	})
}

// A health reported before the exit doesn't count: the daemon is probed again.
func TestRecoveryNeedsAProbeSinceTheExit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.TickIntervalMS = 1_000
		sdk := start(t, config)
		var asked int
		h := register(t, sdk, 1, healthFunc(func() meshos.Health {
			asked++
			if asked == 2 {
				return meshos.Unhealthy
			}
			return meshos.Healthy
		}))
		time.Sleep(1_500 * time.Millisecond) // probed once
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		synctest.Wait()
		inState(t, sdk, h, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":0}`)
		time.Sleep(600 * time.Millisecond)
		inState(t, sdk, h, "Recovery", `{"kind":"recovery","since_ms":100}`)
	})
}

// A daemon that is registered during maintenance is part of it.
func TestRegisterDuringMaintenance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		w := newListener(t)
		h := register(t, sdk, 1, w)
		w.heard(h)
		inState(t, sdk, h, "Maintenance", `{"kind":"maintenance","since_ms":0}`)
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "x"), nil), meshos.KindDraining)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		deliver(t, sdk, h, word(1, "x"))
	})
}

// callMailbox is a mailbox that calls a function when an event comes.
type callMailbox struct{ enqueued func(meshos.Event) }

func (m callMailbox) Enqueue(e meshos.Event) bool { m.enqueued(e); return true }

func (callMailbox) EndWaits() {}

func (callMailbox) Close() {}

// A shutdown waits for an EnterMaintenance that is sending control events: once the SDK is
// down, none are sent.
func TestNoControlEventsOfMaintenanceAfterAShutdown(t *testing.T) {
	sdk := start(t, quiet)
	down := make(chan error, 1)
	h, err := sdk.RegisterWith("mailbox", seed(1), callMailbox{func(e meshos.Event) {
		if e.Kind != meshos.ControlDrainStart {
			return // the drain may be over before the shutdown
		}
		go func() { down <- sdk.BeginShutdown() }()
		for over := time.Now().Add(100 * time.Millisecond); time.Now().Before(over); time.Sleep(time.Millisecond) {
			if sdk.IsDown() { // must not happen; a short time is enough to look for it
				t.Error("the SDK is down while control events are sent")
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
