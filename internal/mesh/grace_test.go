//go:build mesh

package mesh_test

import (
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

// While a daemon is being stopped it takes no delivers, wherever they come from.
func TestADeliverWhileADaemonIsStopped(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	home, away := start(t, s, 1), start(t, s, 2)
	id := register(t, home, 1, new(counter)).ID()
	post(t, home, id, 1, 1)
	flush(t, home, id)
	stopped := make(chan error, 1)
	go func() { stopped <- home.StopDaemon(id, 5000) }()
	eventually(t, "it is being stopped", func() bool { return lifecycle(t, home, id) == "stopping" })
	for who, sdk := range map[string]*meshos.SDK{"its own node": home, "another node": away} {
		if err := sdk.Deliver(id, events(2, 1)[0], nil); !is(err, fault.Draining) {
			t.Errorf("from %s: %v, want draining", who, err)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
