package meshos_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// start starts an SDK that is shut down when the test is over.
func start(t *testing.T, config meshos.Config) *meshos.SDK {
	t.Helper()
	sdk, err := meshos.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sdk.Shutdown() })
	return sdk
}

// registerKnown is register of a daemon that needs its own handle. The function
// that it gets waits for the handle: a tick may come before Register returns.
func registerKnown(t *testing.T, sdk *meshos.SDK, n byte, daemon func(self func() *meshos.Handle) meshos.Daemon) *meshos.Handle {
	t.Helper()
	var h *meshos.Handle
	known := make(chan struct{})
	h = register(t, sdk, n, daemon(func() *meshos.Handle { <-known; return h }))
	close(known)
	return h
}

// quiet is a configuration whose supervisor never ticks.
var quiet = meshos.Config{TickIntervalMS: math.MaxUint64}

// seed is one of 256 identities.
func seed(n byte) [meshos.SeedSize]byte { return [meshos.SeedSize]byte{n} }

// register puts a daemon under the SDK that is closed when the test is over.
func register(t *testing.T, sdk *meshos.SDK, n byte, daemon meshos.Daemon) *meshos.Handle {
	t.Helper()
	h, err := sdk.Register("daemon", seed(n), daemon)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// wantKind fails the test unless the error is of the kind; "" means none.
func wantKind(t *testing.T, what string, err error, kind meshos.Kind) {
	t.Helper()
	if kind == "" {
		if err != nil {
			t.Errorf("%s: %v, want no error", what, err)
		}
		return
	}
	var e *meshos.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: error %v, want %s", what, err, kind)
		return
	}
	if e.Kind != kind {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
	if len(e.Message) < 10 || len(e.Message) > 500 || !utf8.ValidString(e.Message) || strings.ContainsAny(e.Message, "\x00\n") {
		t.Errorf("%s: the message is %q", what, e.Message)
	}
}

// within has do called, and fails the test unless that takes just so long. It
// is for bubbles, where time is exact.
func within(t *testing.T, what string, took time.Duration, do func()) {
	t.Helper()
	begin := time.Now()
	do()
	if got := time.Since(begin); got != took {
		t.Errorf("%s took %v, want %v", what, got, took)
	}
}

// next takes the control event that waits.
func next(t *testing.T, h *meshos.Handle, want meshos.Event) {
	t.Helper()
	if e, ok := h.TryNextControl(); !ok || e != want {
		t.Errorf("control event %v %v, want %v", e, ok, want)
	}
}

// none fails the test if a control event waits.
func none(t *testing.T, h *meshos.Handle) {
	t.Helper()
	if e, ok := h.TryNextControl(); ok {
		t.Errorf("control event %v, want none", e)
	}
}

func shutdownEvent(graceMS uint64) meshos.Event {
	return meshos.Event{Kind: meshos.ControlShutdown, GraceMS: graceMS}
}

// receiver is a daemon whose OnControl is a function.
type receiver func(meshos.Event)

func (r receiver) OnControl(e meshos.Event) { r(e) }

// sick is a daemon whose Health is a function.
type sick func() meshos.Health

func (s sick) Health() meshos.Health { return s() }

// busy is a daemon whose Saturation is a function.
type busy func() float32

func (b busy) Saturation() float32 { return b() }

// usable fails the test unless all calls on the handle answer as those of a
// daemon do that is alive, or all as those of one whose handle is consumed.
func usable(t *testing.T, h *meshos.Handle, alive bool) {
	t.Helper()
	kind := meshos.KindAlreadyShutdown
	if alive {
		kind = ""
	}
	for what, call := range map[string]func() error{
		"PublishLog":              func() error { return h.PublishLog(meshos.LevelInfo, "line") },
		"Metadata":                func() error { _, err := h.Metadata(); return err },
		"RefreshMetadata":         func() error { _, err := h.RefreshMetadata(); return err },
		"PublishCapabilities":     func() error { return h.PublishCapabilities([]string{"a"}) },
		"PublishCapabilitiesJSON": func() error { return h.PublishCapabilitiesJSON([]byte(`["a"]`)) },
		"MetadataStale": func() error {
			if _, err := h.MetadataStale(); err != nil {
				return err
			}
			return nil
		},
	} {
		wantKind(t, what, call(), kind)
	}
	if h.Name() != "daemon" || h.ID() == 0 {
		t.Errorf("name %q, id %d", h.Name(), h.ID())
	}
}

func TestCapacities(t *testing.T) {
	const most = meshos.CapacityLimit - 1
	for _, c := range []struct {
		rule            string
		config          meshos.Config
		start, register meshos.Kind
	}{
		{"the defaults", meshos.Config{}, "", ""},
		{"small ones", meshos.Config{TickIntervalMS: 1, EventQueueCapacity: 2, ActionQueueCapacity: 1, ControlCapacity: 1}, "", ""},
		{"the largest", meshos.Config{ThisNode: math.MaxUint64, TickIntervalMS: math.MaxUint64, EventQueueCapacity: most, ActionQueueCapacity: most, ControlCapacity: most}, "", ""},
		{"an event queue of 2^61", meshos.Config{EventQueueCapacity: most + 1}, meshos.KindRuntimePanic, ""},
		{"an event queue of 2^64-1", meshos.Config{EventQueueCapacity: math.MaxUint64}, meshos.KindRuntimePanic, ""},
		{"an action queue of 2^61", meshos.Config{ActionQueueCapacity: most + 1}, meshos.KindRuntimePanic, ""},
		{"an action queue of 2^64-1", meshos.Config{ActionQueueCapacity: math.MaxUint64}, meshos.KindRuntimePanic, ""},
		{"a control capacity of 2^61", meshos.Config{ControlCapacity: most + 1}, "", meshos.KindRuntimePanic},
		{"a control capacity of 2^64-1", meshos.Config{ControlCapacity: math.MaxUint64}, "", meshos.KindRuntimePanic},
	} {
		t.Run(c.rule, func(t *testing.T) {
			sdk, err := meshos.Start(c.config)
			wantKind(t, "Start", err, c.start)
			if err != nil {
				return
			}
			for range 2 { // a refusal leaves nothing behind
				h, err := sdk.Register("daemon", seed(1), nil)
				wantKind(t, "Register", err, c.register)
				if err == nil {
					wantKind(t, "PublishLog", h.PublishLog(meshos.LevelInfo, "line"), "")
					h.Close()
				}
			}
			wantKind(t, "Shutdown", sdk.Shutdown(), "")
		})
	}
}

func TestAnErrorNamesItsField(t *testing.T) {
	for field, config := range map[string]meshos.Config{
		"event_queue_capacity":  {EventQueueCapacity: 1 << 61},
		"action_queue_capacity": {ActionQueueCapacity: 1 << 61},
	} {
		if _, err := meshos.Start(config); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("error %v, want one about %s", err, field)
		}
	}
	sdk := start(t, meshos.Config{ControlCapacity: 1 << 61})
	if _, err := sdk.Register("daemon", seed(1), nil); err == nil || !strings.Contains(err.Error(), "control_capacity") {
		t.Errorf("error %v, want one about control_capacity", err)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		rule     string
		interval uint64 // milliseconds
		after    time.Duration
		want     uint64
	}{
		{"by default every 500 ms", 0, 1750 * time.Millisecond, 3},
		{"every millisecond", 1, 100*time.Millisecond + time.Microsecond, 100},
		{"every minute", 60_000, 150 * time.Second, 2},
		{"never", math.MaxUint64, 200 * 365 * 24 * time.Hour, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, meshos.Config{TickIntervalMS: c.interval})
				time.Sleep(c.after)
				if sdk.Ticks() != c.want {
					t.Errorf("%d ticks, want %d", sdk.Ticks(), c.want)
				}
				wantKind(t, "Shutdown", sdk.Shutdown(), "")
				time.Sleep(c.after)
				if sdk.Ticks() != c.want {
					t.Errorf("%d ticks after Shutdown, want %d", sdk.Ticks(), c.want)
				}
			})
		})
	}
}

func TestShutdownIsOnce(t *testing.T) {
	for name, first := range map[string]func(*meshos.SDK) error{
		"Shutdown":       (*meshos.SDK).Shutdown,
		"BeginShutdown":  (*meshos.SDK).BeginShutdown,
		"Inside nothing": func(s *meshos.SDK) error { return s.Inside().Shutdown() },
	} {
		t.Run(name, func(t *testing.T) {
			sdk := start(t, quiet)
			if sdk.IsDown() {
				t.Error("down before")
			}
			wantKind(t, "the first", first(sdk), "")
			if !sdk.IsDown() {
				t.Error("not down after")
			}
			wantKind(t, "the second", first(sdk), meshos.KindAlreadyShutdown)
			wantKind(t, "another", sdk.Shutdown(), meshos.KindAlreadyShutdown)
			_, err := sdk.Register("daemon", seed(1), nil)
			wantKind(t, "Register", err, meshos.KindAlreadyShutdown)
		})
	}
}

func TestHandlesOutliveTheirSDK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, receiver(func(e meshos.Event) { t.Errorf("told of %v after Shutdown", e) }))
		wantKind(t, "PublishCapabilities", h.PublishCapabilities([]string{"x"}), "")
		wantKind(t, "Shutdown", sdk.Shutdown(), "")

		wantKind(t, "PublishLog", h.PublishLog(meshos.LevelInfo, "line"), meshos.KindLoopClosed)
		wantKind(t, "PublishLog with a level", h.PublishLog(5, "line"), meshos.KindInvalidLogLevel)
		before, err := h.Metadata()
		wantKind(t, "Metadata", err, "")
		after, err := h.RefreshMetadata()
		wantKind(t, "RefreshMetadata", err, "")
		if string(before) != string(after) {
			t.Errorf("metadata %s, then %s", before, after)
		}
		if tags := h.Capabilities(); len(tags) != 1 || tags[0] != "x" {
			t.Errorf("capabilities %v, want x", tags)
		}
		wantKind(t, "PublishCapabilities", h.PublishCapabilities([]string{"a"}), "")
		none(t, h)
		within(t, "NextControl", 0, func() {
			if e, ok := h.NextControl(context.Background()); ok {
				t.Errorf("control event %v, want none", e)
			}
		})

		// It still takes its grace time, and the mailbox has the event.
		within(t, "GracefulShutdown", 700*time.Millisecond, func() {
			go func() {
				time.Sleep(100 * time.Millisecond)
				if e, ok := h.NextControl(context.Background()); !ok || e != shutdownEvent(700) {
					t.Errorf("control event %v %v, want a shutdown", e, ok)
				}
			}()
			wantKind(t, "GracefulShutdown", h.GracefulShutdown(700), "")
		})
		usable(t, h, false)
		h.Close()
	})
}

func TestShutdownHandsOutWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, nil)
		wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(60_000), "")
		wantKind(t, "Shutdown", sdk.Shutdown(), "")
		if e, ok := h.NextControl(context.Background()); !ok || e != shutdownEvent(60_000) {
			t.Errorf("control event %v %v, want a shutdown", e, ok)
		}
		if e, ok := h.NextControl(context.Background()); ok {
			t.Errorf("control event %v, want none", e)
		}
	})
}

func TestShutdownWakesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, nil)
		woken := make(chan bool, 3)
		for range cap(woken) {
			go func() {
				_, ok := h.NextControl(context.Background())
				woken <- ok
			}()
		}
		synctest.Wait()
		wantKind(t, "Shutdown", sdk.Shutdown(), "")
		for range cap(woken) {
			if <-woken {
				t.Error("a reader got an event")
			}
		}
	})
}

func TestShutdownWaitsForCallbacks(t *testing.T) {
	for _, c := range []struct {
		rule     string
		callback time.Duration
		took     time.Duration
		kind     meshos.Kind
	}{
		{"none runs", 0, 0, ""},
		{"one is soon over", 3 * time.Second, 3 * time.Second, ""},
		{"one is over just in time", 4999 * time.Millisecond, 4999 * time.Millisecond, ""},
		{"one takes too long", time.Minute, 5 * time.Second, meshos.KindShutdownFailed},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				var down atomic.Bool
				for n := range byte(3) { // the times don't add up
					h := register(t, sdk, n, receiver(func(meshos.Event) {
						if down.Load() {
							t.Error("a callback begins after Shutdown")
						}
						time.Sleep(c.callback)
					}))
					wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(3_600_000), "")
				}
				synctest.Wait()
				within(t, "Shutdown", c.took, func() { wantKind(t, "Shutdown", sdk.Shutdown(), c.kind) })
				down.Store(true)
				if !sdk.IsDown() {
					t.Error("not down")
				}
				wantKind(t, "the second", sdk.Shutdown(), meshos.KindAlreadyShutdown)
			})
		})
	}
}

func TestShutdownFromInsideACallback(t *testing.T) {
	for name, shutdown := range map[string]func(*meshos.SDK, *meshos.Handle) error{
		"BeginShutdown": func(s *meshos.SDK, _ *meshos.Handle) error { return s.BeginShutdown() },
		"Shutdown":      func(s *meshos.SDK, h *meshos.Handle) error { return s.Inside(h).Shutdown() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				over := make(chan struct{})
				var h *meshos.Handle
				h = register(t, sdk, 1, receiver(func(meshos.Event) {
					defer close(over)
					within(t, name, 0, func() { wantKind(t, name, shutdown(sdk, h), "") })
					if !sdk.IsDown() {
						t.Error("not down")
					}
					time.Sleep(time.Minute)
				}))
				wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(3_600_000), "")
				<-over
				usable := func() error { _, err := h.Metadata(); return err }
				wantKind(t, "Metadata", usable(), "")
			})
		})
	}
}

// The daemon of one SDK shuts another one down: it waits like any caller.
func TestShutdownFromACallbackOfAnotherSDK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, other := start(t, quiet), start(t, quiet)
		slow := register(t, other, 1, receiver(func(meshos.Event) { time.Sleep(time.Second) }))
		over := make(chan struct{})
		var h *meshos.Handle
		h = register(t, sdk, 1, receiver(func(meshos.Event) {
			defer close(over)
			within(t, "Shutdown inside", time.Second, func() {
				wantKind(t, "Shutdown inside", other.Inside(h).Shutdown(), "")
			})
		}))
		wantKind(t, "BeginGracefulShutdown", slow.BeginGracefulShutdown(3_600_000), "")
		synctest.Wait()
		wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(3_600_000), "")
		<-over
		if sdk.IsDown() || !other.IsDown() {
			t.Error("the wrong SDK is down")
		}
	})
}

func (receiver) Process(meshos.InboundEvent, func([]byte)) error { return nil }

func (sick) Process(meshos.InboundEvent, func([]byte)) error { return nil }

func (busy) Process(meshos.InboundEvent, func([]byte)) error { return nil }
