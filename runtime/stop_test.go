package meshos_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

// settled is how long a call still waits for a callback after the grace time.
const settled = 100 * time.Millisecond

func TestStopDaemonTakesItsGraceTime(t *testing.T) {
	for ms, took := range map[uint64]time.Duration{1: time.Millisecond, 250: 250 * time.Millisecond, 0: 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			sdk := start(t, quiet)
			w := newRecorder(t)
			var received []meshos.Event
			w.onControl = func(e meshos.Event) { received = append(received, e) }
			h := register(t, sdk, 1, w)
			deliver(t, sdk, h, word(1, "a"))
			var stop sync.WaitGroup
			stop.Go(func() {
				within(t, "StopDaemon", took, func() { wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), ms), "") })
			})
			synctest.Wait()
			lifecycle(t, sdk, h, "stopping")
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "b"), nil), meshos.KindDraining)
			wantKind(t, "StopDaemon again", sdk.StopDaemon(h.ID(), ms), meshos.KindDraining)
			wantKind(t, "RestartDaemon", sdk.RestartDaemon(h.ID()), meshos.KindDraining)
			stop.Wait()
			want := meshos.Event{Kind: meshos.ControlShutdown, GraceMS: uint64(took.Milliseconds())}
			next(t, h, want)
			none(t, h)
			if len(received) != 1 || received[0] != want {
				t.Errorf("received %v", received)
			}
			lifecycle(t, sdk, h, "stopped")
			wantKind(t, "StopDaemon a third time", sdk.StopDaemon(h.ID(), ms), meshos.KindStopped)
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "b"), nil), meshos.KindStopped)
			usable(t, h, true)

			wantKind(t, "RestartDaemon", sdk.RestartDaemon(h.ID()), "")
			lifecycle(t, sdk, h, "running")
			deliver(t, sdk, h, word(2, "c"))
			w.has("a", "c") // it keeps its state
			wantKind(t, "RestartDaemon of one that runs", sdk.RestartDaemon(h.ID()), "")
			wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), ms), "")
		})
	}
	sdk := start(t, quiet)
	wantKind(t, "StopDaemon of nobody", sdk.StopDaemon(1, 1), meshos.KindNotFound)
	wantKind(t, "RestartDaemon of nobody", sdk.RestartDaemon(1), meshos.KindNotFound)
}

// A daemon processes waiting events during the grace time. The rest is discarded, counted
// and logged.
func TestEventsThatWaitAfterTheGraceTimeAreDiscarded(t *testing.T) {
	for name, end := range map[string]func(*meshos.SDK, *meshos.Handle) error{
		"StopDaemon":       func(s *meshos.SDK, h *meshos.Handle) error { return s.StopDaemon(h.ID(), 2_500) },
		"GracefulShutdown": func(s *meshos.SDK, h *meshos.Handle) error { return h.GracefulShutdown(2_500) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk, seen := observe(t, quiet)
				w := newRecorder(t)
				w.before = func(meshos.InboundEvent) { time.Sleep(time.Second) }
				h := register(t, sdk, 1, w)
				post(t, sdk, h, words(1, "a b c d e")...)
				synctest.Wait()
				within(t, name, 2_500*time.Millisecond+settled, func() { // the third runs until 3 s
					wantKind(t, name, end(sdk, h), meshos.KindShutdownFailed)
				})
				time.Sleep(time.Second)
				w.has("a", "b", "c")
				view := viewRuntime(t, sdk)
				if view.Totals.Discarded != 2 || view.Totals.EventsIn != 3 || view.Queues.EventsWaiting != 0 || view.Queues.BusyDaemons != 0 {
					t.Errorf("%+v %+v", view.Totals, view.Queues)
				}
				if got, want := happened[life.Discarded](seen), (life.Discarded{Daemon: daemonOf(h), Events: 2}); len(got) != 1 || got[0] != want {
					t.Errorf("discarded: %+v, want %+v", got, want)
				}
				seen.logShows(t, h, seen.of(h))
			})
		})
	}
}

func TestADaemonThatIsDoneEndsTheGraceTime(t *testing.T) {
	ends := map[string]func(*meshos.SDK, *meshos.Handle) error{
		"StopDaemon":       func(s *meshos.SDK, h *meshos.Handle) error { return s.StopDaemon(h.ID(), 10_000) },
		"GracefulShutdown": func(s *meshos.SDK, h *meshos.Handle) error { return h.GracefulShutdown(10_000) },
	}
	over := map[string]meshos.Kind{"StopDaemon": meshos.KindInvalidState, "GracefulShutdown": meshos.KindAlreadyShutdown}
	for name, end := range ends {
		t.Run(name+", said in OnControl", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				h := registerKnown(t, sdk, 1, func(self func() *meshos.Handle) meshos.Daemon {
					return controlFunc(func(meshos.Event) { wantKind(t, "Done", self().Done(), "") })
				})
				wantKind(t, "Done before Shutdown", h.Done(), meshos.KindInvalidState)
				within(t, name, 0, func() { wantKind(t, name, end(sdk, h), "") })
			})
		})
		t.Run(name+", said by whoever read the mailbox", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				h := register(t, sdk, 1, nil)
				go func() {
					time.Sleep(time.Second)
					wantKind(t, "Done", h.Done(), "")
					if again := h.Done(); again != nil { // the stop is over by now
						wantKind(t, "Done again", again, over[name])
					}
				}()
				within(t, name, time.Second, func() { wantKind(t, name, end(sdk, h), "") })
			})
		})
		t.Run(name+", while a callback runs", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, quiet)
				w := newRecorder(t)
				w.before = func(meshos.InboundEvent) { time.Sleep(3 * time.Second) }
				h := register(t, sdk, 1, w)
				post(t, sdk, h, words(1, "a b")...)
				go func() {
					time.Sleep(time.Second)
					wantKind(t, "Done", h.Done(), "")
				}()
				within(t, name, 3*time.Second, func() { wantKind(t, name, end(sdk, h), "") })
				w.has("a")
			})
		})
	}
	sdk := start(t, quiet)
	h := register(t, sdk, 1, nil)
	wantKind(t, "GracefulShutdown", h.GracefulShutdown(1), "")
	wantKind(t, "Done after the end", h.Done(), meshos.KindAlreadyShutdown)
}

// Each stop waits for a Done of its own.
func TestDoneEndsOneStopOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, nil)
		for range 3 {
			go func() { time.Sleep(10 * time.Millisecond); wantKind(t, "Done", h.Done(), "") }()
			within(t, "StopDaemon", 10*time.Millisecond, func() { wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 1_000), "") })
			wantKind(t, "Done after the stop", h.Done(), meshos.KindInvalidState)
			wantKind(t, "RestartDaemon", sdk.RestartDaemon(h.ID()), "")
		}
		within(t, "StopDaemon", time.Second, func() { wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 1_000), "") })
	})
}

func TestACallbackThatOutlivesAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		hang := make(chan struct{})
		w := newRecorder(t)
		w.before = func(meshos.InboundEvent) { <-hang }
		h := register(t, sdk, 1, w)
		post(t, sdk, h, words(1, "a b")...)
		within(t, "StopDaemon", time.Second+settled, func() {
			wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 1_000), meshos.KindShutdownFailed)
		})
		wantKind(t, "Post", func() error { _, err := sdk.Post(h.ID(), words(1, "c")); return err }(), meshos.KindStopped)
		// it may be started again although that callback still runs
		wantKind(t, "RestartDaemon", sdk.RestartDaemon(h.ID()), "")
		post(t, sdk, h, words(1, "d e")...)
		close(hang)
		flush(t, sdk, h)
		w.has("a", "d", "e")
	})
}

// Two daemons stop each other from inside their callbacks. The one that can't wait for the
// other fails at once, not with a timeout.
func TestDaemonsStopEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		var handles [2]*meshos.Handle
		var both sync.WaitGroup
		both.Add(2)
		said := make(chan string, 2)
		for i := range handles {
			handles[i] = register(t, sdk, byte(i), processFunc(func(meshos.InboundEvent, func([]byte)) error {
				both.Done()
				both.Wait()
				if err := sdk.Inside(handles[i]).StopDaemon(handles[1-i].ID(), uint64(1+i)); err != nil {
					said <- err.Error()
					return nil
				}
				said <- ""
				return nil
			}))
		}
		for _, h := range handles {
			post(t, sdk, h, word(1, "a"))
		}
		a, b := <-said, <-said
		if !strings.Contains(a, "waits for the callback that makes this call") || b != "" {
			t.Errorf("they end as %q and %q", a, b)
		}
	})
}

func TestADaemonStopsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		var seen atomic.Int64
		h := registerKnown(t, sdk, 1, func(self func() *meshos.Handle) meshos.Daemon {
			return processFunc(func(meshos.InboundEvent, func([]byte)) error {
				if seen.Add(1) == 1 {
					within(t, "StopDaemon", 0, func() {
						wantKind(t, "StopDaemon", sdk.Inside([]*meshos.Handle{self()}...).StopDaemon(self().ID(), 1_000), "")
					})
				}
				time.Sleep(600 * time.Millisecond)
				return nil
			})
		})
		post(t, sdk, h, words(1, "a b c d")...)
		time.Sleep(1_100 * time.Millisecond)
		lifecycle(t, sdk, h, "stopped")
		time.Sleep(10 * time.Second)
		if seen.Load() != 2 {
			t.Errorf("%d events processed in a second", seen.Load())
		}
	})
}

// A graceful shutdown may begin during a stop, but a stop not during a graceful shutdown.
func TestStopsAndGracefulShutdownsOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, newRecorder(t))
		var both sync.WaitGroup
		both.Go(func() {
			within(t, "StopDaemon", time.Second, func() { wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 1_000), "") })
		})
		synctest.Wait()
		both.Go(func() {
			within(t, "GracefulShutdown", 3*time.Second, func() { wantKind(t, "GracefulShutdown", h.GracefulShutdown(3_000), "") })
		})
		time.Sleep(2 * time.Second)
		next(t, h, shutdownEvent(1_000))
		next(t, h, shutdownEvent(3_000))
		wantKind(t, "RestartDaemon", sdk.RestartDaemon(h.ID()), meshos.KindDraining)
		wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 1), meshos.KindDraining)
		both.Wait()
		wantKind(t, "RestartDaemon", sdk.RestartDaemon(h.ID()), meshos.KindNotFound)

		h = register(t, sdk, 1, newRecorder(t))
		both.Go(func() {
			within(t, "StopDaemon", time.Second, func() { wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 9_000), "") })
		})
		time.Sleep(time.Second)
		h.Close() // ends it early
		both.Wait()

		h = register(t, sdk, 1, newRecorder(t))
		both.Go(func() {
			within(t, "StopDaemon", 2*time.Second, func() { wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 9_000), "") })
		})
		time.Sleep(time.Second)
		both.Go(func() {
			within(t, "GracefulShutdown", time.Second, func() { wantKind(t, "GracefulShutdown", h.GracefulShutdown(9_000), "") })
		})
		time.Sleep(time.Second)
		wantKind(t, "Done", h.Done(), "") // ends both
		both.Wait()
	})
}

func TestTheStateOfAStoppedDaemon(t *testing.T) {
	sdk := start(t, quiet)
	w := newRecorder(t)
	h := register(t, sdk, 1, w)
	post(t, sdk, h, words(1, "a b")...)
	flush(t, sdk, h)
	wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 1), "")
	state, err := sdk.Snapshot(h.ID())
	wantKind(t, "Snapshot", err, "")
	if string(state) != "a b" {
		t.Errorf("the state is %q", state)
	}
	wantKind(t, "Restore", sdk.Restore(h.ID(), []byte("x")), "")
	wantKind(t, "RestartDaemon", sdk.RestartDaemon(h.ID()), "")
	deliver(t, sdk, h, word(1, "y"))
	w.has("x", "y")
}
