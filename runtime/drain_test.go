package meshos_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/life"
	"netmeshos/internal/phase"
	meshos "netmeshos/runtime"
)

func TestADrainThatTakesTooLongFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.DrainDeadlineMS = 2_000
		sdk := start(t, config)
		w, idle := newListener(t), newListener(t)
		h, other := register(t, sdk, 1, w), register(t, sdk, 2, idle)
		hang := make(chan struct{})
		w.before = func(meshos.InboundEvent) { <-hang }
		post(t, sdk, h, words(1, "a b c")...)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		idle.heard(other, drainStart(2_000))
		time.Sleep(2*time.Second - time.Nanosecond)
		synctest.Wait()
		idle.heard(other)
		time.Sleep(time.Nanosecond)
		idle.heard(other, drainFinish)
		const reason = "when the time was over, 3 events were waiting and 1 daemon had something to do; callbacks ran of daemon"
		inState(t, sdk, other, "DrainFailed", `{"kind":"drain_failed","reason":"`+reason+`","since_ms":0}`)
		view := viewRuntime(t, sdk)
		if view.Maintenance.Reason == nil || *view.Maintenance.Reason != reason {
			t.Errorf("reason %v", view.Maintenance.Reason)
		}
		wantKind(t, "Post", func() error { _, err := sdk.Post(other.ID(), words(1, "n")); return err }(), meshos.KindDraining)

		close(hang) // after the deadline, but no event is lost
		w.heard(h, drainStart(2_000), drainFinish)
		w.has("a", "b", "c")
		inState(t, sdk, other, "DrainFailed", `{"kind":"drain_failed","reason":"`+reason+`","since_ms":0}`)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), meshos.KindInvalidState)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		synctest.Wait()
		inState(t, sdk, other, "Recovery", `{"kind":"recovery","since_ms":0}`)
	})
}

func TestExitAbortsADrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		w := newListener(t)
		h := register(t, sdk, 1, w)
		hang := make(chan struct{})
		w.before = func(meshos.InboundEvent) { <-hang }
		post(t, sdk, h, words(1, "a")...)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(77), "")
		time.Sleep(10 * time.Millisecond)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		post(t, sdk, h, words(2, "b")...)
		time.Sleep(time.Minute) // its deadline no longer matters
		inState(t, sdk, h, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":60000}`)
		close(hang)
		w.heard(h, drainStart(77), drainFinish)
		w.has("a", "b")
	})
}

// An idle node drains at once, and so does one without daemons.
func TestAnIdleNodeDrainsAtOnce(t *testing.T) {
	for daemons := range byte(3) {
		synctest.Test(t, func(t *testing.T) {
			sdk := start(t, quiet)
			for i := range daemons {
				register(t, sdk, i, newRecorder(t))
			}
			wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
			synctest.Wait()
			if got := viewRuntime(t, sdk).Maintenance.State; got != "Maintenance" {
				t.Errorf("state %s", got)
			}
			wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
			synctest.Wait() // the daemons are probed at once, without a tick
			if got := viewRuntime(t, sdk).Maintenance.State; got != "Recovery" {
				t.Errorf("state %s", got)
			}
		})
	}
}

// Events that were accepted before the drain are processed, through all subscriptions, and
// a Deliver that waits for its turn is not refused.
func TestADrainProcessesEventsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.InboxCapacity = 1
		sdk := start(t, config)
		var chain []*meshos.Handle
		var workers []*recorder
		for i := range byte(4) {
			w := newRecorder(t)
			w.before = func(meshos.InboundEvent) { time.Sleep(time.Second) }
			workers = append(workers, w)
			chain = append(chain, register(t, sdk, i, w))
			if i > 0 {
				wantKind(t, "Subscribe", sdk.Subscribe(chain[i-1].ID(), chain[i].ID()), "")
			}
		}
		post(t, sdk, chain[0], word(1, "a"))
		var delivering sync.WaitGroup
		for _, text := range []string{"b", "c", "d"} {
			delivering.Go(func() { deliver(t, sdk, chain[0], word(1, text)) })
			synctest.Wait()
		}
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		delivering.Wait()
		time.Sleep(time.Minute)
		for _, w := range workers {
			w.has("a", "b", "c", "d")
		}
		if got := viewRuntime(t, sdk).Maintenance.State; got != "Maintenance" {
			t.Errorf("state %s", got)
		}
	})
}

// A drain waits for callbacks of every kind.
func TestADrainWaitsForEveryCallback(t *testing.T) {
	for name, begin := range map[string]func(*meshos.SDK, *meshos.Handle){
		"Process":   func(sdk *meshos.SDK, h *meshos.Handle) { sdk.Post(h.ID(), words(1, "a")) },
		"Deliver":   func(sdk *meshos.SDK, h *meshos.Handle) { go sdk.Deliver(h.ID(), word(1, "a"), nil) },
		"Snapshot":  func(sdk *meshos.SDK, h *meshos.Handle) { go sdk.Snapshot(h.ID()) },
		"Restore":   func(sdk *meshos.SDK, h *meshos.Handle) { go sdk.Restore(h.ID(), nil) },
		"OnControl": func(*meshos.SDK, *meshos.Handle) {}, // of DrainStart
		"Health":    func(*meshos.SDK, *meshos.Handle) { time.Sleep(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := quiet
				config.TickIntervalMS = 1_000
				sdk := start(t, config)
				gate := make(chan struct{})
				var d meshos.Daemon = &slow{name, gate}
				if name == "OnControl" {
					d = slowControl{&slow{name, gate}}
				}
				h := register(t, sdk, 1, d)
				begin(sdk, h)
				synctest.Wait()
				wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
				time.Sleep(10 * time.Second)
				if got := viewRuntime(t, sdk).Maintenance.State; got != "EnteringMaintenance" {
					t.Errorf("%s while the callback runs", got)
				}
				close(gate)
				synctest.Wait()
				if got := viewRuntime(t, sdk).Maintenance.State; got != "Maintenance" {
					t.Errorf("%s when no callback runs", got)
				}
			})
		})
	}
}

// Slow probes can't keep a drain from ending, even if one runs at every moment: once the
// drain waits for nothing but probes, no new ones are taken.
func TestProbesDoNotDelayADrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var asked atomic.Int64
		for i := range byte(5) {
			register(t, sdk, i, healthFunc(func() meshos.Health {
				asked.Add(1)
				time.Sleep(time.Duration(70+10*i) * time.Millisecond)
				return meshos.Healthy
			}))
		}
		register(t, sdk, 9, healthFunc(func() meshos.Health { time.Sleep(110 * time.Millisecond); return meshos.Degraded }))
		time.Sleep(time.Second)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(60_000), "")
		time.Sleep(time.Second)
		if got := viewRuntime(t, sdk).Maintenance.State; got != "Maintenance" {
			t.Errorf("state %s", got)
		}
		before := asked.Load()
		time.Sleep(time.Second)
		if asked.Load() == before {
			t.Error("the daemons are not asked again after the drain")
		}
	})
}

func (s *slow) pass(callback string) {
	if callback == s.in || s.in == "Deliver" && callback == "Process" {
		<-s.gate
	}
}

func (s *slow) Process(meshos.InboundEvent, func([]byte)) error { s.pass("Process"); return nil }

func (s *slow) Snapshot() []byte { s.pass("Snapshot"); return nil }

func (s *slow) Restore([]byte) error { s.pass("Restore"); return nil }

func (s *slow) Health() meshos.Health { s.pass("Health"); return meshos.Healthy }

func (s slowControl) OnControl(meshos.Event) { s.pass("OnControl") }

func (s *slow) Saturation() float32 { s.pass("Saturation"); return 0 }

// No event is accepted once Maintenance has been reached, even in a race.
func TestNoEventComesAfterTheDrain(t *testing.T) {
	for range 30 {
		sdk, seen := observe(t, quiet)
		h := register(t, sdk, 1, newRecorder(t))
		drained := seen.await(life.MaintenanceChanged{From: phase.EnteringMaintenance, To: phase.Maintenance})
		stop := make(chan struct{})
		var posting sync.WaitGroup
		for range 3 {
			posting.Go(func() {
				for i := uint64(0); ; i++ {
					select {
					case <-stop:
						return
					default:
						sdk.Post(h.ID(), words(i, "x"))
						sdk.Deliver(h.ID(), word(i, "y"), nil)
					}
				}
			})
		}
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		<-drained
		before := viewDaemon(t, sdk, h).EventsIn
		flush(t, sdk, nil)
		if after := viewDaemon(t, sdk, h).EventsIn; after != before {
			t.Errorf("%d events after the drain", after-before)
		}
		close(stop)
		posting.Wait()
		wantKind(t, "Shutdown", sdk.Shutdown(), "")
	}
}
