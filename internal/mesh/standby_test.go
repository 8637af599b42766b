//go:build mesh

package mesh_test

import (
	"encoding/json"
	"testing"
)

func TestAStandbyShowsThatThereIsACommit(t *testing.T) {
	_, home, away := pair(t)
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
