package meshos_test

import (
	"context"
	"math"
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
				var told []meshos.Event
				h := register(t, sdk, 1, receiver(func(e meshos.Event) { told = append(told, e) }))
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
				if !slices.Equal(told, []meshos.Event{shutdownEvent(c.event)}) {
					t.Errorf("told of %v, want one shutdown", told)
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
		told := make(chan meshos.Event, 8)
		var h *meshos.Handle
		h = register(t, sdk, 1, receiver(func(e meshos.Event) {
			told <- e
			// A daemon that is told to go may say so itself; it is under way.
			wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(1), meshos.KindAlreadyShutdown)
		}))
		within(t, "BeginGracefulShutdown", 0, func() {
			wantKind(t, "BeginGracefulShutdown", h.BeginGracefulShutdown(1000), "")
		})
		if e := <-told; e != shutdownEvent(1000) {
			t.Errorf("told of %v", e)
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
			return sick(func() meshos.Health {
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
		h := register(t, sdk, 1, receiver(func(meshos.Event) { <-over }))
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

// Whoever waits for the end of a daemon waits for its callback, also where the handle is
// freed meanwhile.
func TestACloseElsewhereEndsNoCallback(t *testing.T) {
	for name, end := range map[string]func(sdk *meshos.SDK, h *meshos.Handle) error{
		"GracefulShutdown": func(_ *meshos.SDK, h *meshos.Handle) error { return h.GracefulShutdown(60_000) },
		"StopDaemon":       func(sdk *meshos.SDK, h *meshos.Handle) error { return sdk.StopDaemon(h.ID(), 60_000) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				var over atomic.Bool
				h := register(t, sdk, 1, processor(func(meshos.InboundEvent, func([]byte)) error {
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

func TestCloseIsForAllTimes(t *testing.T) {
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
		h := register(t, sdk, 1, sick(func() meshos.Health {
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

func TestCloseWakesWhoWaits(t *testing.T) {
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

// From inside its own callback a daemon is released at once and ended when the
// callback is over.
func TestADaemonClosesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		inside, ended := make(chan struct{}), make(chan struct{})
		var callbackOver atomic.Bool
		h := registerKnown(t, sdk, 1, func(self func() *meshos.Handle) meshos.Daemon {
			return sick(func() meshos.Health {
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
			return sick(func() meshos.Health {
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

// Two daemons close each other from inside their callbacks, and don't wait for
// one another for ever.
func TestDaemonsCloseEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		handles := make([]*meshos.Handle, 2)
		var both sync.WaitGroup
		both.Add(2)
		ended := make(chan int, 2)
		for i := range handles {
			handles[i] = register(t, sdk, byte(i), receiver(func(meshos.Event) {
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

// What waits for a daemon when it is closed is dropped.
func TestCloseDropsWhatWaits(t *testing.T) {
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

// hungDaemon hangs in Health and must not be told of anything.
type hungDaemon struct {
	over chan struct{}
	t    *testing.T
}

func (d *hungDaemon) Health() meshos.Health { <-d.over; return meshos.Healthy }

func (d *hungDaemon) OnControl(e meshos.Event) { d.t.Errorf("told of %v", e) }

// What waits for a daemon when its grace time is over is still delivered.
func TestGracefulShutdownDeliversWhatWaits(t *testing.T) {
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
		if d.told.Load() != 1 {
			t.Errorf("told of %d events, want the shutdown", d.told.Load())
		}
	})
}

// slowDaemon takes long for its health.
type slowDaemon struct{ told atomic.Int64 }

func (d *slowDaemon) Health() meshos.Health { time.Sleep(10 * time.Second); return meshos.Healthy }

func (d *slowDaemon) OnControl(meshos.Event) { d.told.Add(1) }

func (*hungDaemon) Process(meshos.InboundEvent, func([]byte)) error { return nil }

func (*slowDaemon) Process(meshos.InboundEvent, func([]byte)) error { return nil }
