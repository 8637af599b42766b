//go:build mesh

package mesh_test

import (
	"bytes"
	"testing"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// A stop from another node with a grace time of 0 waits out the default one, as on the daemon's own.
func TestAStopWithTheDefaultGraceTime(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	home, away := start(t, s, 1), start(t, s, 2, func(c *meshos.Config) { c.Mesh.RequestTimeoutMS = 1000 })
	id := register(t, home, 1, new(counter)).ID()
	post(t, home, id, 1, 1)
	flush(t, home, id)
	if err := away.StopDaemon(id, 0); err != nil {
		t.Error(err)
	}
	if err := away.StopDaemon(id, 0); !is(err, fault.Stopped) {
		t.Errorf("%v, want stopped", err)
	}
}

// While a daemon is being stopped it takes no delivers, wherever they come from, and whether or not another node stands by.
func TestADeliverWhileADaemonIsStopped(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	home, away, third := start(t, s, 1, patient), start(t, s, 2, patient), start(t, s, 3, patient)
	for seed, stands := range []bool{false, true} {
		d := new(counter)
		h := register(t, home, byte(seed+1), d)
		id := h.ID()
		post(t, home, id, 1, 1)
		flush(t, home, id)
		if stands {
			register(t, away, byte(seed+1), new(counter))
			eventually(t, "the second stands by", func() bool {
				text, err := home.DaemonJSON(id)
				return err == nil && bytes.Contains(text, []byte(`"standbys":[2]`)) && lifecycle(t, away, id) == "standby"
			})
		}
		stopped := make(chan error, 1)
		go func() { stopped <- home.StopDaemon(id, 60_000) }()
		eventually(t, "it is being stopped", func() bool { return lifecycle(t, home, id) == "stopping" })
		for who, sdk := range map[string]*meshos.SDK{"its own node": home, "a second": away, "a third": third} {
			if err := sdk.Deliver(id, events(2, 1)[0], nil); !is(err, fault.Draining) {
				t.Errorf("with a standby %v, from %s: %v, want draining", stands, who, err)
			}
		}
		if d.counted() != 1 {
			t.Errorf("with a standby %v: %d events are counted, want 1", stands, d.counted())
		}
		if err := h.Done(); err != nil {
			t.Error(err)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	}
}
