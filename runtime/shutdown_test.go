package meshos_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

func TestASecondShutdownFails(t *testing.T) {
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
		h := register(t, sdk, 1, controlFunc(func(e meshos.Event) { t.Errorf("received %v after Shutdown", e) }))
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

func TestQueuedControlEventsOutliveShutdown(t *testing.T) {
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

func TestShutdownWakesWaitersForControlEvents(t *testing.T) {
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
				for n := range byte(3) { // three daemons don't take three times as long
					h := register(t, sdk, n, controlFunc(func(meshos.Event) {
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
				h = register(t, sdk, 1, controlFunc(func(meshos.Event) {
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

// A daemon of one SDK shuts another SDK down: it waits like any caller.
func TestShutdownFromACallbackOfAnotherSDK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, other := start(t, quiet), start(t, quiet)
		slow := register(t, other, 1, controlFunc(func(meshos.Event) { time.Sleep(time.Second) }))
		over := make(chan struct{})
		var h *meshos.Handle
		h = register(t, sdk, 1, controlFunc(func(meshos.Event) {
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
