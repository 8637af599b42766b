//go:build mesh

package mesh_test

import (
	"bytes"
	"testing"

	"netmeshos/internal/fault"
	meshos "netmeshos/runtime"
)

// Events that wait for a daemon that is stopped hold up neither a flush of all daemons nor a drain.
func TestWhatWaitsForADaemonThatIsStopped(t *testing.T) {
	_, sdk, away := pair(t)
	d := &hanging{inside: make(chan struct{}, 1), goOn: make(chan struct{})}
	id := register(t, sdk, 1, d).ID()
	register(t, sdk, 2, new(counter))
	if n, err := sdk.Post(id, []meshos.InboundEvent{{Payload: []byte("hang")}}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	<-d.inside
	post(t, away, id, 1, 10) // stored while the daemon hangs
	flushed := make(chan error, 1)
	go func() { flushed <- away.Flush(id, limit) }() // ends with the stop
	if err := sdk.StopDaemon(id, 1); !is(err, fault.ShutdownFailed) {
		t.Errorf("the stop ends with %v", err)
	}
	close(d.goOn)
	if err := <-flushed; !is(err, fault.Stopped) {
		t.Errorf("a flush ends with %v, want stopped", err)
	}
	for _, node := range []*meshos.SDK{sdk, away} {
		if err := node.Flush(id, limit); !is(err, fault.Stopped) {
			t.Errorf("a flush ends with %v, want stopped", err)
		}
	}
	if err := sdk.Flush(0, limit); err != nil {
		t.Errorf("a flush of all ends with %v", err)
	}
	if err := sdk.EnterMaintenance(0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node is in maintenance", func() bool { return maintenance(t, sdk) == "Maintenance" })
	if err := sdk.ExitMaintenance(); err != nil {
		t.Fatal(err)
	}
	if err := away.RestartDaemon(id); err != nil {
		t.Fatal(err)
	}
	flush(t, away, id)
	if d.counted() != 11 {
		t.Errorf("%d are counted after the restart, want 11", d.counted())
	}
}

// A daemon that is stopped gets the same answers on all nodes, also while events wait for it, and stays stopped
// when another node takes it over.
func TestADaemonThatIsStopped(t *testing.T) {
	s, home, away := pair(t)
	d := new(counter)
	h := register(t, home, 1, d)
	id := h.ID()
	post(t, away, id, 1, 10)
	flush(t, away, id)
	standby := new(counter)
	standBy(t, away, 1, standby)
	if err := home.StopDaemon(id, 1); err != nil {
		t.Fatal(err)
	}
	third := start(t, s, 3)
	refused := func(when string, nodes ...*meshos.SDK) {
		t.Helper()
		for i, sdk := range nodes {
			if err := sdk.StopDaemon(id, 1); !is(err, fault.Stopped) {
				t.Errorf("%s: a stop from %d: %v, want stopped", when, i, err)
			}
			eventually(t, "it is known to be stopped", func() bool {
				n, err := sdk.Post(id, events(11, 1)) // of the same number: it would count once
				return n == 0 && is(err, fault.Stopped)
			})
			if err := sdk.Deliver(id, events(12, 1)[0], nil); !is(err, fault.Stopped) {
				t.Errorf("%s: a deliver from %d: %v, want stopped", when, i, err)
			}
			if state, err := sdk.Snapshot(id); err != nil || le(state) != 10 {
				t.Errorf("%s: a snapshot from %d: %v, %v", when, i, state, err)
			}
		}
	}
	refused("where it was stopped", home, away, third)
	if got := lifecycle(t, away, id); got != "stopped" {
		t.Errorf("the standby shows it as %s", got)
	}
	h.Close()
	eventually(t, "the second has it", func() bool { return is(third.StopDaemon(id, 1), fault.Stopped) })
	refused("after a take-over", away, third, home)
	last := new(counter)
	h = register(t, third, 1, last)
	eventually(t, "the third stands by", func() bool {
		text, err := away.DaemonJSON(id)
		return err == nil && bytes.Contains(text, []byte(`"standbys":[3]`))
	})
	if err := away.Shutdown(); err != nil {
		t.Fatal(err)
	}
	refused("after another take-over", third, home)
	if n := standby.counted() + last.counted(); n > 20 {
		t.Errorf("they have counted to %d and %d", standby.counted(), last.counted())
	}
	if err := home.RestartDaemon(id); err != nil {
		t.Fatal(err)
	}
	post(t, home, id, 11, 5)
	flush(t, home, id)
	if last.counted() != 15 || lifecycle(t, third, id) != "running" {
		t.Errorf("after the restart it is %s and has counted to %d", lifecycle(t, third, id), last.counted())
	}
	// Once no node has it any more, its seed begins anew.
	if err := third.StopDaemon(id, 1); err != nil {
		t.Fatal(err)
	}
	h.Close()
	anew := new(counter)
	register(t, home, 1, anew)
	post(t, home, id, 21, 1)
	flush(t, third, id)
	if anew.counted() != 16 {
		t.Errorf("after the last handle had ended it has counted to %d", anew.counted())
	}
}
