package meshos_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

func TestGracefulShutdownTakesItsGraceTime(t *testing.T) {
	for _, c := range []struct {
		rule    string
		graceMS uint64
		took    time.Duration
		event   uint64
	}{
		{"a millisecond", 1, time.Millisecond, 1},
		{"a minute", 60_000, time.Minute, 60_000},
		{"0 means five seconds", 0, 5 * time.Second, 5000},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				var received []meshos.Event
				h := register(t, sdk, 1, controlFunc(func(e meshos.Event) { received = append(received, e) }))
				begin := time.Now()
				go func() {
					if e, ok := h.NextControl(context.Background()); !ok || e != shutdownEvent(c.event) || !time.Now().Equal(begin) {
						t.Errorf("control event %v %v after %v, want the shutdown at once", e, ok, time.Since(begin))
					}
					if e, ok := h.NextControl(context.Background()); ok || time.Since(begin) != c.took {
						t.Errorf("control event %v after %v, want none after %v", e, time.Since(begin), c.took)
					}
				}()
				synctest.Wait()
				within(t, "GracefulShutdown", c.took, func() { wantKind(t, "GracefulShutdown", h.GracefulShutdown(c.graceMS), "") })
				if !slices.Equal(received, []meshos.Event{shutdownEvent(c.event)}) {
					t.Errorf("received %v, want one shutdown", received)
				}
			})
		})
	}
}

func TestTheHandleWorksDuringTheGraceTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, nil)
		usable(t, h, true)
		done := make(chan error, 1)
		go func() { done <- h.GracefulShutdown(1000) }()
		time.Sleep(500 * time.Millisecond)

		usable(t, h, true)
		next(t, h, shutdownEvent(1000))
		none(t, h)
		within(t, "a second GracefulShutdown", 0, func() {
			wantKind(t, "a second GracefulShutdown", h.GracefulShutdown(1), meshos.KindAlreadyShutdown)
			wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(1), meshos.KindAlreadyShutdown)
		})
		none(t, h) // the refused ones send nothing
		_, err := sdk.Register("another", seed(1), nil)
		wantKind(t, "Register", err, meshos.KindRegisterFailed)

		wantKind(t, "GracefulShutdown", <-done, "")
		usable(t, h, false)
		wantKind(t, "GracefulShutdown after it", h.GracefulShutdown(1), meshos.KindAlreadyShutdown)
		within(t, "NextControl", 0, func() {
			if e, ok := h.NextControl(context.Background()); ok {
				t.Errorf("control event %v, want none", e)
			}
		})
	})
}

func TestBeginGracefulShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		received := make(chan meshos.Event, 8)
		var h *meshos.Handle
		h = register(t, sdk, 1, controlFunc(func(e meshos.Event) {
			received <- e
			// A daemon may shut itself down when it gets Shutdown; that is refused, as it is under way.
			wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(1), meshos.KindAlreadyShutdown)
		}))
		within(t, "BeginGracefulShutdown", 0, func() {
			wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(1000), "")
		})
		if e := <-received; e != shutdownEvent(1000) {
			t.Errorf("received %v", e)
		}
		time.Sleep(999 * time.Millisecond)
		usable(t, h, true)
		time.Sleep(time.Millisecond)
		synctest.Wait()
		usable(t, h, false)
		register(t, sdk, 1, nil)
	})
}

func TestADaemonShutsItselfDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		begun := make(chan struct{})
		var once sync.Once
		h := registerKnown(t, sdk, 1, func(self func() *meshos.Handle) meshos.Daemon {
			return healthFunc(func() meshos.Health {
				once.Do(func() {
					within(t, "GracefulShutdown inside", 0, func() {
						wantKind(t, "GracefulShutdown inside", self().Inside(self()).GracefulShutdown(1000), "")
					})
					close(begun)
				})
				return meshos.Healthy
			})
		})
		<-begun
		next(t, h, shutdownEvent(1000))
		usable(t, h, true)
		time.Sleep(1001 * time.Millisecond)
		usable(t, h, false)
	})
}

func TestACallbackOutlivesTheGraceTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		over := make(chan struct{})
		h := register(t, sdk, 1, controlFunc(func(meshos.Event) { <-over }))
		begin := time.Now()
		wantKind(t, "GracefulShutdown", h.GracefulShutdown(1000), meshos.KindShutdownFailed)
		if took := time.Since(begin); took < time.Second || took > 2*time.Second {
			t.Errorf("it took %v, want the grace time and little more", took)
		}
		usable(t, h, false)
		_, err := sdk.Register("another", seed(1), nil)
		wantKind(t, "Register", err, meshos.KindRegisterFailed)

		begin = time.Now()
		go func() {
			time.Sleep(time.Hour)
			close(over)
		}()
		h.Close()
		if time.Since(begin) != time.Hour {
			t.Errorf("Close took %v, want until the callback is over", time.Since(begin))
		}
		register(t, sdk, 1, nil)
	})
}

// Control events that wait when the grace time is over are still passed to OnControl.
func TestGracefulShutdownDeliversWaitingControlEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		d := &slowDaemon{}
		h := register(t, sdk, 1, d)
		time.Sleep(150 * time.Millisecond) // it is in Health until 10,100
		wantKind(t, "GracefulShutdown", h.GracefulShutdown(1000), meshos.KindShutdownFailed)
		h2 := make(chan *meshos.Handle)
		go func() {
			time.Sleep(time.Minute)
			h2 <- register(t, sdk, 1, nil)
		}()
		<-h2
		if d.received.Load() != 1 {
			t.Errorf("received %d events, want the shutdown", d.received.Load())
		}
	})
}

// slowDaemon has a slow Health.
type slowDaemon struct{ received atomic.Int64 }

func (d *slowDaemon) Health() meshos.Health { time.Sleep(10 * time.Second); return meshos.Healthy }

func (d *slowDaemon) OnControl(meshos.Event) { d.received.Add(1) }

func (*slowDaemon) Process(meshos.InboundEvent, func([]byte)) error { return nil }
