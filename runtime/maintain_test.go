package meshos_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	meshos "netmeshos/runtime"
)

// metadataState is the maintenance_state of a daemon's metadata.
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

// inState fails the test unless the node is in a state, and shows it
// everywhere.
func inState(t *testing.T, sdk *meshos.SDK, h *meshos.Handle, state, metadata string) {
	t.Helper()
	if got := lookAtAll(t, sdk).Maintenance.State; got != state {
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

// listener is a worker that keeps what it is told.
type listener struct {
	*worker
	mu   sync.Mutex
	said []meshos.Event
}

func newListener(t *testing.T) *listener {
	l := &listener{worker: newWorker(t)}
	l.told = func(e meshos.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.said = append(l.said, e)
	}
	return l
}

// heard takes what the daemon has been told and what waits in its mailbox, and
// fails the test unless both are this.
func (l *listener) heard(h *meshos.Handle, want ...meshos.Event) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if fmt.Sprint(l.said) != fmt.Sprint(want) {
		l.t.Errorf("told %v, want %v", l.said, want)
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
		sdk := start(t, config)
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
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "") // at 2.2 s
		a.heard(ha)
		inState(t, sdk, ha, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":0}`)
		deliver(t, sdk, ha, word(1, "n"))
		time.Sleep(time.Second)
		inState(t, sdk, ha, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":1000}`)
		wantKind(t, "ExitMaintenance twice", sdk.ExitMaintenance(), meshos.KindInvalidState)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), meshos.KindInvalidState)
		b.health.Store(int32(meshos.Healthy)) // which it says at the tick, at 4 s
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
		if text := string(sdk.LogsJSON(0, 0)); strings.Count(text, "maintenance: ") != 5 {
			t.Errorf("the log doesn't tell of five steps: %s", text)
		}
	})
}

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
		time.Sleep(2*time.Second - 1)
		synctest.Wait()
		idle.heard(other)
		time.Sleep(1)
		idle.heard(other, drainFinish)
		const reason = "when the time was over, 3 events were waiting and 1 daemons had something to do"
		inState(t, sdk, other, "DrainFailed", `{"kind":"drain_failed","reason":"`+reason+`","since_ms":0}`)
		look := lookAtAll(t, sdk)
		if look.Maintenance.Reason == nil || *look.Maintenance.Reason != reason {
			t.Errorf("reason %v", look.Maintenance.Reason)
		}
		wantKind(t, "Post", func() error { _, err := sdk.Post(other.ID(), words(1, "n")); return err }(), meshos.KindDraining)

		close(hang) // late, and yet nothing is lost
		w.heard(h, drainStart(2_000), drainFinish)
		w.has("a", "b", "c")
		inState(t, sdk, other, "DrainFailed", `{"kind":"drain_failed","reason":"`+reason+`","since_ms":0}`)
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), meshos.KindInvalidState)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		synctest.Wait()
		inState(t, sdk, other, "Recovery", `{"kind":"recovery","since_ms":0}`)
	})
}

func TestADrainIsGivenUp(t *testing.T) {
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
		time.Sleep(time.Minute) // its deadline has no meaning any more
		inState(t, sdk, h, "ExitingMaintenance", `{"kind":"exiting_maintenance","since_ms":60000}`)
		close(hang)
		w.heard(h, drainStart(77), drainFinish)
		w.has("a", "b")
	})
}

// An idle node drains at once, also one without daemons.
func TestAnIdleNodeDrainsAtOnce(t *testing.T) {
	for daemons := range byte(3) {
		synctest.Test(t, func(t *testing.T) {
			sdk := start(t, quiet)
			for i := range daemons {
				register(t, sdk, i, newWorker(t))
			}
			wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
			synctest.Wait()
			if got := lookAtAll(t, sdk).Maintenance.State; got != "Maintenance" {
				t.Errorf("state %s", got)
			}
			wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
			synctest.Wait() // the daemons are asked at once, without a tick
			if got := lookAtAll(t, sdk).Maintenance.State; got != "Recovery" {
				t.Errorf("state %s", got)
			}
		})
	}
}

// What is under way when the drain begins goes on to its end, through all
// subscriptions, and a Deliver that waits for its turn is not refused.
func TestADrainLetsWhatIsUnderWayEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.InboxCapacity = 1
		sdk := start(t, config)
		var chain []*meshos.Handle
		var workers []*worker
		for i := range byte(4) {
			w := newWorker(t)
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
		if got := lookAtAll(t, sdk).Maintenance.State; got != "Maintenance" {
			t.Errorf("state %s", got)
		}
	})
}

// A drain is over when no callback runs, of whatever kind.
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
				if got := lookAtAll(t, sdk).Maintenance.State; got != "EnteringMaintenance" {
					t.Errorf("%s while the callback runs", got)
				}
				close(gate)
				synctest.Wait()
				if got := lookAtAll(t, sdk).Maintenance.State; got != "Maintenance" {
					t.Errorf("%s when no callback runs", got)
				}
			})
		})
	}
}

// slow is a daemon one of whose callbacks waits at a gate, and slowControl one
// that is also told of control events.
type (
	slow struct {
		in   string
		gate chan struct{}
	}
	slowControl struct{ *slow }
)

func (s *slow) pass(callback string) {
	if callback == s.in || s.in == "Deliver" && callback == "Process" {
		<-s.gate
	}
}

func (s *slow) Process(meshos.InboundEvent, func([]byte)) error { s.pass("Process"); return nil }
func (s *slow) Snapshot() []byte                                { s.pass("Snapshot"); return nil }
func (s *slow) Restore([]byte) error                            { s.pass("Restore"); return nil }
func (s *slow) Health() meshos.Health                           { s.pass("Health"); return meshos.Healthy }
func (s slowControl) OnControl(meshos.Event)                    { s.pass("OnControl") }
func (s *slow) Saturation() float32                             { s.pass("Saturation"); return 0 }

// A daemon that can't say how it is doesn't keep the node from recovering; one
// that says nothing, or that it is not well, does.
func TestRecoveryWaitsForWhoIsNotWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.TickIntervalMS = 1_000
		config.RecoveryRampMS = 5
		sdk := start(t, config)
		register(t, sdk, 1, processor(ignore))
		register(t, sdk, 2, busy(func() float32 { return 1 }))
		hang := make(chan struct{})
		silent := register(t, sdk, 3, sick(func() meshos.Health { <-hang; return meshos.Healthy }))
		health := meshos.Unhealthy
		var mu sync.Mutex
		h := register(t, sdk, 4, sick(func() meshos.Health { mu.Lock(); defer mu.Unlock(); return health }))
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		wantKind(t, "ExitMaintenance", sdk.ExitMaintenance(), "")
		for _, said := range []meshos.Health{meshos.Unhealthy, meshos.Degraded, meshos.Healthy} {
			mu.Lock()
			health = said
			mu.Unlock()
			time.Sleep(time.Second)
			if got := lookAtAll(t, sdk).Maintenance.State; got != "ExitingMaintenance" {
				t.Errorf("%s while one is %v and one is silent", got, said)
			}
		}
		if sdk.Ticks() < 3 {
			t.Error("the supervisor waits for the silent one")
		}
		if !lookAt(t, sdk, silent).Overdue == (lookAt(t, sdk, silent).BusyMS >= 5_000) {
			t.Errorf("%+v", lookAt(t, sdk, silent))
		}
		close(hang)
		time.Sleep(2 * time.Second)
		inState(t, sdk, h, "Active", `{"kind":"active"}`)
	})
}

// A daemon whose answer is older than the exit is asked again.
func TestOnlyNewAnswersCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.TickIntervalMS = 1_000
		sdk := start(t, config)
		var asked int
		h := register(t, sdk, 1, sick(func() meshos.Health {
			asked++
			if asked == 2 {
				return meshos.Unhealthy
			}
			return meshos.Healthy
		}))
		time.Sleep(1_500 * time.Millisecond) // asked once
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

// No event slips in after Maintenance has been reached, however it races.
func TestNoEventComesAfterTheDrain(t *testing.T) {
	for range 30 {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, newWorker(t))
		drained := logged(t, sdk, "maintenance: Maintenance")
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
		before := lookAt(t, sdk, h).EventsIn
		flush(t, sdk, nil)
		if after := lookAt(t, sdk, h).EventsIn; after != before {
			t.Errorf("%d events after the drain", after-before)
		}
		close(stop)
		posting.Wait()
		wantKind(t, "Shutdown", sdk.Shutdown(), "")
	}
}

// logged returns a channel that is closed when a line of the log begins so.
func logged(t *testing.T, sdk *meshos.SDK, begins string) <-chan struct{} {
	t.Helper()
	found := make(chan struct{})
	once := sync.OnceFunc(func() { close(found) })
	wantKind(t, "OnLog", sdk.OnLog(meshos.LevelTrace, func(r meshos.LogRecord) {
		if strings.HasPrefix(r.Message, begins) {
			once()
		}
	}), "")
	return found
}
