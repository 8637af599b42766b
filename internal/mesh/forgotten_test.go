//go:build mesh

package mesh_test

import (
	"path/filepath"
	"strings"
	"testing"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// No node brings a daemon back that an operator has had forgotten, also one that knew it.
func TestADaemonThatIsForgottenIsKnownToNobody(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	program := meshtest.Program(t)
	key := filepath.Join(t.TempDir(), "key")
	operator := strings.TrimSpace(meshosRun(t, program, "keygen", "-o", key))
	takes := func(c *meshos.Config) { c.Mesh.Operators = []string{operator} }
	home, away := start(t, s, 1, takes), start(t, s, 2, takes)
	h := register(t, home, 1, new(counter))
	id := h.ID()
	for _, sdk := range []*meshos.SDK{home, away} {
		post(t, sdk, id, 1, 10)
		flush(t, sdk, id)
	}
	h.Close()
	post(t, away, id, 11, 1) // it is known, and waits
	meshosRun(t, program, "forget", link.Hex(id), "--key", key, "--server", s.URL)
	for who, sdk := range map[string]*meshos.SDK{"its node": home, "another one": away} {
		eventually(t, who+" doesn't know it", func() bool {
			err := sdk.Deliver(id, events(20, 1)[0], nil)
			return is(err, fault.NotFound)
		})
		if n, err := sdk.Post(id, events(12, 1)); n != 0 || !is(err, fault.NotFound) {
			t.Errorf("%s: %d, %v, want not_found", who, n, err)
		}
	}
	again := new(counter)
	register(t, home, 1, again)
	post(t, away, id, 1, 5)
	flush(t, away, id)
	if again.counted() != 5 {
		t.Errorf("%d events are counted, want 5", again.counted())
	}
}
