//go:build mesh

package mesh_test

import (
	"strings"
	"testing"

	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// Operators can name a daemon that no node has any more, however its last node has ended it.
func TestTheNameOfAnEndedDaemonIsKept(t *testing.T) {
	program := meshtest.Program(t)
	s := meshtest.Start(t, meshtest.Options{})
	sdk := start(t, s, 1)
	look := func(name string) string {
		return meshosRun(t, program, "daemon", name, "--json", "--server", s.URL)
	}
	freed, shut := register(t, sdk, 1, new(counter)), register(t, sdk, 2, new(counter))
	for _, h := range []*meshos.Handle{freed, shut} {
		post(t, sdk, h.ID(), 1, 1)
		flush(t, sdk, h.ID())
	}
	id := freed.ID()
	freed.Close()
	_, js := visitor(t, s)
	eventually(t, "it is withdrawn", func() bool {
		m, err := js.GetLastMsg(names.MetaStream(), names.Registration(id, 1))
		return err != nil || strings.Contains(string(m.Data), `"instance":""`)
	})
	if err := sdk.Shutdown(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"daemon-1", "daemon-2"} {
		if out := look(name); !strings.Contains(out, `"name":"`+name+`"`) || !strings.Contains(out, `"lifecycle":"down"`) {
			t.Errorf("%s: %s", name, out)
		}
	}
}
