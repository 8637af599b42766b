//go:build mesh

package mesh_test

import (
	"strings"
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// What all nodes share they have in common.
func TestWhatMayWaitBelongsToTheMesh(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	half := func(c *meshos.Config) { c.Mesh.WaitingMaxBytes = 1 << 29 }
	start(t, s, 1, half)
	start(t, s, 2, half)
	sdk, err := meshos.Start(meshos.Config{ThisNode: 3, Mesh: config.DefaultMesh(s.URL)})
	if !is(err, fault.ConfigInvalid) || !strings.Contains(err.Error(), "mesh.waiting_max_bytes is 1073741824 here, and 536870912 in the mesh") {
		t.Errorf("%v, want config_invalid", err)
	}
	if err == nil {
		_ = sdk.Shutdown()
	}
}
