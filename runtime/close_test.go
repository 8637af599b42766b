package meshos_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

func TestCloseEndsTheGraceTime(t *testing.T) {
	for _, graceMS := range []uint64{60_000, math.MaxUint64} {
		for name, shutdown := range map[string]func(*meshos.Handle) error{
			"in the foreground": func(h *meshos.Handle) error { return h.GracefulShutdown(graceMS) },
			"in the background": func(h *meshos.Handle) error { return h.BeginGracefulShutdown(graceMS) },
		} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sdk := start(t, quiet)
					h := register(t, sdk, 1, nil)
					done := make(chan error, 1)
					go func() { done <- shutdown(h) }()
					time.Sleep(time.Second)
					within(t, "Close", 0, func() {
						h.Close()
						wantKind(t, "GracefulShutdown", <-done, "")
					})
					usable(t, h, false)
					register(t, sdk, 1, nil)
				})
			})
		}
	}
}

func TestCloseMayBeRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		for name, before := range map[string]func(*meshos.Handle){
			"a live daemon":               func(*meshos.Handle) {},
			"one that is closed":          (*meshos.Handle).Close,
			"one that is released":        (*meshos.Handle).Release,
			"one that is leaving":         func(h *meshos.Handle) { _ = h.BeginGracefulShutdown(1000) },
			"one that has left":           func(h *meshos.Handle) { _ = h.GracefulShutdown(1) },
			"one that has left, and more": func(h *meshos.Handle) { _ = h.GracefulShutdown(1); h.Close(); h.Release() },
		} {
			h := register(t, sdk, 1, nil)
			before(h)
			within(t, "Close of "+name, 0, func() {
				var closing sync.WaitGroup
				for range 3 {
					closing.Go(h.Close)
				}
				closing.Wait()
			})
			usable(t, h, false)
			wantKind(t, "GracefulShutdown", h.GracefulShutdown(1), meshos.KindAlreadyShutdown)
			h.Release()
			h.Close()
		}
		register(t, sdk, 1, nil)
	})
}

// After Close no callback begins, and none runs.
func TestCloseWaitsForTheCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 10})
		var closed atomic.Bool
		calls := 0
		h := register(t, sdk, 1, healthFunc(func() meshos.Health {
			calls++
			if closed.Load() {
				t.Error("a callback begins after Close")
			}
			time.Sleep(time.Minute)
			if closed.Load() {
				t.Error("a callback runs after Close")
			}
			return meshos.Degraded
		}))
		time.Sleep(30 * time.Second)
		begin := time.Now()
		h.Close()
		closed.Store(true)
		if took := time.Since(begin); took < 29*time.Second || took > 31*time.Second {
			t.Errorf("Close took %v, want what was left of the callback", took)
		}
		time.Sleep(time.Hour)
		if calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
	})
}

func TestCloseWakesWaitersForControlEvents(t *testing.T) {
	for name, end := range map[string]func(*meshos.Handle){"Close": (*meshos.Handle).Close, "Release": (*meshos.Handle).Release} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := register(t, start(t, quiet), 1, nil)
				var woken sync.WaitGroup
				for range 3 {
					woken.Go(func() {
						if e, ok := h.NextControl(context.Background()); ok {
							t.Errorf("control event %v, want none", e)
						}
					})
				}
				synctest.Wait()
				end(h)
				woken.Wait()
			})
		})
	}
}

// A Close from inside a daemon's own callback returns at once; the daemon ends when the
// callback is over.
func TestADaemonClosesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		inside, ended := make(chan struct{}), make(chan struct{})
		var callbackOver atomic.Bool
		h := registerKnown(t, sdk, 1, func(self func() *meshos.Handle) meshos.Daemon {
			return healthFunc(func() meshos.Health {
				within(t, "Close inside", 0, func() {
					self().AfterLast(func() {
						if !callbackOver.Load() {
							t.Error("what comes after is called during the callback")
						}
						close(ended)
					})
					self().Inside(self()).Close()
				})
				usable(t, self(), false)
				close(inside) // a second call would panic
				time.Sleep(time.Minute)
				callbackOver.Store(true)
				return meshos.Healthy
			})
		})
		<-inside
		within(t, "the end", time.Minute, func() { <-ended })
		within(t, "Close", 0, h.Close)
		time.Sleep(time.Minute)
		register(t, sdk, 1, nil)
	})
}

func TestADaemonReleasesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		inside := make(chan struct{})
		h := registerKnown(t, sdk, 1, func(self func() *meshos.Handle) meshos.Daemon {
			return healthFunc(func() meshos.Health {
				within(t, "Release", 0, self().Release)
				usable(t, self(), false)
				close(inside) // a second call would panic
				time.Sleep(time.Minute)
				return meshos.Healthy
			})
		})
		<-inside
		within(t, "Close", time.Minute, h.Close)
		time.Sleep(time.Minute)
		register(t, sdk, 1, nil)
	})
}

// Two daemons close each other from inside their callbacks without a deadlock.
func TestDaemonsCloseEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		handles := make([]*meshos.Handle, 2)
		var both sync.WaitGroup
		both.Add(2)
		ended := make(chan int, 2)
		for i := range handles {
			handles[i] = register(t, sdk, byte(i), controlFunc(func(meshos.Event) {
				both.Done()
				both.Wait()
				handles[1-i].AfterLast(func() { ended <- 1 - i })
				handles[1-i].Inside(handles[i]).Close()
			}))
		}
		within(t, "all", 0, func() {
			for _, h := range handles {
				wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(60_000), "")
			}
			if a, b := <-ended, <-ended; a == b {
				t.Errorf("daemon %d has ended twice", a)
			}
			for _, h := range handles {
				h.Close()
			}
		})
		for i := range handles {
			register(t, sdk, byte(i), nil)
		}
	})
}

// Control events that wait when a daemon is closed are not passed to OnControl.
func TestCloseDiscardsWaitingControlEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		over := make(chan struct{})
		d := &hungDaemon{over: over, t: t}
		h := register(t, sdk, 1, d)
		time.Sleep(150 * time.Millisecond) // it hangs in Health
		wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(60_000), "")
		h.Release()
		close(over)
		h.Close()
	})
}

// hungDaemon hangs in Health, and its OnControl must not be called.
type hungDaemon struct {
	over chan struct{}
	t    *testing.T
}

func (d *hungDaemon) Health() meshos.Health { <-d.over; return meshos.Healthy }

func (d *hungDaemon) OnControl(e meshos.Event) { d.t.Errorf("received %v", e) }

func (*hungDaemon) Process(meshos.InboundEvent, func([]byte)) error { return nil }

// GracefulShutdown and StopDaemon wait for the callback even if another goroutine closes
// the handle meanwhile.
func TestACloseElsewhereEndsNoCallback(t *testing.T) {
	for name, end := range map[string]func(sdk *meshos.SDK, h *meshos.Handle) error{
		"GracefulShutdown": func(_ *meshos.SDK, h *meshos.Handle) error { return h.GracefulShutdown(60_000) },
		"StopDaemon":       func(sdk *meshos.SDK, h *meshos.Handle) error { return sdk.StopDaemon(h.ID(), 60_000) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				var over atomic.Bool
				h := register(t, sdk, 1, processFunc(func(meshos.InboundEvent, func([]byte)) error {
					time.Sleep(10 * time.Second)
					over.Store(true)
					return nil
				}))
				post(t, sdk, h, meshos.InboundEvent{})
				time.Sleep(time.Second)
				go func() {
					time.Sleep(time.Second)
					h.Close()
				}()
				wantKind(t, name, end(sdk, h), "")
				if !over.Load() {
					t.Error("it returned while a callback runs")
				}
			})
		})
	}
}
