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
