//go:build mesh

package mesh_test

import (
	"sync"
	"testing"

	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// Two nodes that drain at once hand their daemons to each other, and neither runs or shows one as running, until one of them is
// back: what was posted meanwhile is processed then.
func TestTwoNodesThatDrainAtOnce(t *testing.T) {
	const daemons = 8
	s := meshtest.Start(t, meshtest.Options{})
	nodes := []*meshos.SDK{start(t, s, 1), start(t, s, 2)}
	counters := make([]counter, 2*daemons)
	ids := make([]uint64, daemons)
	for i := range ids {
		for k, want := range []string{"running", "standby"} {
			on := nodes[(i+k)%2]
			ids[i] = register(t, on, byte(i+1), &counters[2*i+k]).ID()
			eventually(t, "it is "+want, func() bool { return lifecycle(t, on, ids[i]) == want })
		}
		post(t, nodes[0], ids[i], 1, 10)
		flush(t, nodes[1], ids[i])
	}
	var draining sync.WaitGroup
	for _, sdk := range nodes {
		draining.Go(func() {
			if err := sdk.EnterMaintenance(0); err != nil {
				t.Error(err)
			}
		})
	}
	draining.Wait()
	for _, sdk := range nodes {
		eventually(t, "it is in maintenance", func() bool { return maintenance(t, sdk) == "Maintenance" })
	}
	for i, id := range ids {
		for k, sdk := range nodes {
			eventually(t, "it stands by", func() bool { return lifecycle(t, sdk, id) == "standby" })
			post(t, sdk, id, 11+10*k, 10)
		}
		if n := max(counters[2*i].counted(), counters[2*i+1].counted()); n != 10 {
			t.Errorf("daemon %d has counted to %d", i, n)
		}
	}
	if err := nodes[1].ExitMaintenance(); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		flush(t, nodes[0], id)
		if n := max(counters[2*i].counted(), counters[2*i+1].counted()); n != 30 {
			t.Errorf("daemon %d has counted to %d, want 30", i, n)
		}
		if a, b := lifecycle(t, nodes[0], id), lifecycle(t, nodes[1], id); a != "standby" || b != "running" {
			t.Errorf("daemon %d is %s and %s", i, a, b)
		}
	}
}
