//go:build mesh

package mesh_test

import (
	"testing"

	"netmeshos/internal/config"
	meshos "netmeshos/runtime"
)

func direct(c *meshos.Config) { c.Mesh.Events = config.Direct }

// With events "direct", too, one node runs a daemon: calls on the node that stands by go to it, and what its own
// events have made of the state is handed over.
func TestADirectDaemonRunsOnOneNode(t *testing.T) {
	_, home, away := pair(t, direct)
	first, second := new(counter), new(counter)
	h := register(t, home, 1, first)
	id := h.ID()
	post(t, home, id, 1, 10)
	flush(t, home, id)
	standBy(t, away, 1, second)
	post(t, away, id, 11, 3)
	flush(t, away, id)
	var output uint64
	err := away.Deliver(id, meshos.InboundEvent{Sequence: 14}, func(o meshos.Output) { output = le(o.Payload) })
	if err != nil || output != 14 {
		t.Errorf("a deliver on the node that stands by is answered with %d, %v, want 14", output, err)
	}
	if state, err := away.Snapshot(id); err != nil || le(state) != 14 {
		t.Errorf("the state on the node that stands by is %v, %v, want 14", state, err)
	}
	if second.counted() != 0 || first.counted() != 14 {
		t.Errorf("the node that stands by has processed %d events and the other one %d, want 0 and 14", second.counted(), first.counted())
	}
	post(t, home, id, 15, 6)
	flush(t, home, id)
	h.Close()
	eventually(t, "the second runs it", func() bool { return lifecycle(t, away, id) == "running" })
	eventually(t, "it has the state", func() bool { return second.counted() == 20 })
	post(t, away, id, 21, 5)
	flush(t, away, id)
	if second.counted() != 25 {
		t.Errorf("%d are counted in the end, want 25", second.counted())
	}
}
