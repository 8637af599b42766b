//go:build mesh

package mesh_test

import (
	"encoding/json"
	"testing"

	"netmeshos/internal/mesh/meshtest"
)

func TestAStandbyShowsThatThereIsACommit(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	home, away := start(t, s, 1), start(t, s, 2)
	id := register(t, home, 1, new(counter)).ID()
	post(t, home, id, 1, 10)
	flush(t, home, id)
	register(t, away, 1, new(counter))
	eventually(t, "the standby shows it", func() bool {
		text, err := away.DaemonJSON(id)
		var shown struct {
			Lifecycle string
			Mesh      struct{ Committed uint64 }
		}
		return err == nil && json.Unmarshal(text, &shown) == nil && shown.Lifecycle == "standby" && shown.Mesh.Committed > 0
	})
}
