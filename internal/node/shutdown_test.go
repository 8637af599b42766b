package node

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/logs"
)

// running registers a daemon whose OnControl runs, and takes this long.
func running(t *testing.T, n *Node, seed int, takes time.Duration) *Daemon {
	t.Helper()
	d := mustRegister(t, n, seed, controlFunc{f: func(control.Event) { time.Sleep(takes) }})
	d.actor.Send(control.Event{Kind: control.DrainStart})
	synctest.Wait()
	return d
}

// Only one call can be the Shutdown. Free waits for callbacks even if the shutdown had begun
// before, but not longer than a shutdown that has waited already.
func TestFreeWaitsAfterAShutdown(t *testing.T) {
	for _, c := range []struct {
		rule          string
		callback      time.Duration
		begin         func(*Node) *fault.Error // begins the shutdown; nil: Free does
		began         fault.Kind               // the error of begin
		first, second time.Duration            // how long begin takes, and Free after it
		failed        fault.Kind               // the error of Free
		down          bool                     // before Free
	}{
		{"Free begins it", 3 * time.Second, nil, "", 0, 3 * time.Second, "", false},
		{"BeginShutdown has begun it", 3 * time.Second, (*Node).BeginShutdown, "", 0, 3 * time.Second, "", true},
		{"Shutdown has waited", 3 * time.Second, func(n *Node) *fault.Error { return n.Shutdown(nil) }, "", 3 * time.Second, 0, "", true},
		{"Shutdown has timed out", 7 * time.Second, func(n *Node) *fault.Error { return n.Shutdown(nil) }, fault.ShutdownFailed, ShutdownGrace, 0, fault.ShutdownFailed, true},
		{"Free times out", time.Minute, (*Node).BeginShutdown, "", 0, ShutdownGrace, fault.ShutdownFailed, true},
		{"no callback runs", 0, nil, "", 0, 0, "", false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, quiet, Options{})
				d := running(t, n, 1, c.callback)
				if c.begin != nil {
					within(t, "the first call", c.first, func() { wantFault(t, "the first call", c.begin(n), c.began) })
				}
				if n.IsDown() != c.down {
					t.Errorf("down: %v", n.IsDown())
				}
				within(t, "Free", c.second, func() { wantFault(t, "Free", n.Free(nil), c.failed) })
				if !n.IsDown() {
					t.Error("not down")
				}
				within(t, "Shutdown", 0, func() { wantFault(t, "Shutdown", n.Shutdown(nil), fault.AlreadyShutdown) })
				time.Sleep(time.Hour)
				within(t, "Free after all callbacks", 0, func() { wantFault(t, "Free after all callbacks", n.Free(nil), "") })
				if err := d.Done(); err == nil || err.Kind != fault.InvalidState {
					t.Errorf("the handle: %v, want invalid_state", err)
				}
			})
		})
	}
}

// Free doesn't return while another goroutine is still in the middle of beginning the
// shutdown.
func TestFreeWaitsUntilTheShutdownHasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, err := Start(quiet, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !n.markDown() || n.markDown() {
			t.Error("markDown must succeed once")
		}
		freed := make(chan struct{})
		go func() {
			defer close(freed)
			wantFault(t, "Free", n.Free(nil), "")
		}()
		synctest.Wait()
		select {
		case <-freed:
			t.Error("Free has not waited")
		default:
		}
		n.loop.end()
		close(n.ending)
		<-freed
	})
}

// Shutdown and Free wait for running callbacks of daemons whose handles have been freed or
// consumed.
func TestShutdownWaitsForDaemonsThatEnd(t *testing.T) {
	for name, end := range map[string]func(*Daemon){
		"freed":    func(d *Daemon) { d.Release(nil) },
		"consumed": func(d *Daemon) { _ = d.GracefulShutdown(1, inside{daemons: []*Daemon{d}}) },
	} {
		for call, shutdown := range map[string]func(*Node) *fault.Error{
			"Shutdown": func(n *Node) *fault.Error { return n.Shutdown(nil) },
			"Free":     func(n *Node) *fault.Error { return n.Free(nil) },
		} {
			t.Run(call+" of one that is "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var seen recorded
					n := startNode(t, quiet, Options{OnLife: seen.hook})
					d := running(t, n, 1, 3*time.Second)
					end(d)
					within(t, call, 3*time.Second, func() { wantFault(t, call, shutdown(n), "") })
					all := seen.take()
					if last := all[len(all)-1]; last != (life.Ended{Daemon: life.Daemon{ID: d.ID()}}) {
						t.Errorf("the last event is %v, want the daemon's end", last)
					}
				})
			})
		}
	}
}

func TestShutdownAndFreeFromInsideCallbacks(t *testing.T) {
	for name, shutdown := range map[string]func(*Node, inside) *fault.Error{
		"Shutdown": func(n *Node, c inside) *fault.Error { return n.Shutdown(c) },
		"Free":     func(n *Node, c inside) *fault.Error { return n.Free(c) },
	} {
		t.Run(name+" in a callback", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, quiet, Options{})
				d := running(t, n, 1, time.Minute)
				within(t, name, 0, func() { wantFault(t, name, shutdown(n, inside{daemons: []*Daemon{d}}), "") })
				if !n.IsDown() {
					t.Error("not down")
				}
			})
		})
		t.Run(name+" in a callback of another node", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, other := startNode(t, quiet, Options{}), startNode(t, quiet, Options{})
				running(t, n, 1, time.Second)
				caller := running(t, other, 1, time.Second)
				within(t, name, time.Second, func() { wantFault(t, name, shutdown(n, inside{daemons: []*Daemon{caller}}), "") })
			})
		})
		t.Run(name+" in the log function", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, quiet, Options{})
				logging(t, n, time.Minute)
				within(t, name, 0, func() { wantFault(t, name, shutdown(n, inside{log: true}), "") })
				within(t, "Free", ShutdownGrace, func() { wantFault(t, "Free", n.Free(nil), fault.ShutdownFailed) })
				time.Sleep(time.Hour) // the log function returns
			})
		})
		t.Run(name+" while the log function runs", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, quiet, Options{})
				logging(t, n, 2*time.Second)
				within(t, name, 2*time.Second, func() { wantFault(t, name, shutdown(n, inside{}), "") })
			})
		})
		t.Run(name+" while the log function hangs", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, quiet, Options{})
				logging(t, n, time.Minute)
				within(t, name, ShutdownGrace, func() {
					err := shutdown(n, inside{})
					wantFault(t, name, err, fault.ShutdownFailed)
					if err == nil || !strings.Contains(err.Error(), "log function") {
						t.Errorf("%v doesn't name the log function", err)
					}
				})
				time.Sleep(time.Hour)
				within(t, "Free", 0, func() { wantFault(t, "Free", n.Free(nil), "") })
			})
		})
	}
}

// logging installs a log function that takes this long, and waits until it runs.
func logging(t *testing.T, n *Node, takes time.Duration) {
	t.Helper()
	wantFault(t, "OnLog", n.OnLog(logs.Info, func(logs.Record) { time.Sleep(takes) }, nil), "")
	d := mustRegister(t, n, 9, controlFunc{f: func(control.Event) {}})
	wantFault(t, "PublishLog", d.PublishLog(time.Now(), logs.Info, []byte("line")), "")
	synctest.Wait()
}
