//go:build mesh

package mesh_test

import (
	"errors"
	"os/exec"
	"syscall"
	"testing"

	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// Calls that are on their way to a node that hangs go on with the one that takes the daemon over, as soon as it does.
func TestCallsGoOnWhereADaemonIsTakenOver(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	for what, call := range map[string]func(sdk *meshos.SDK, id uint64) error{
		"a flush": func(sdk *meshos.SDK, id uint64) error { return sdk.Flush(id, 2*limit) },
		"a deliver": func(sdk *meshos.SDK, id uint64) error {
			return sdk.Deliver(id, events(21, 1)[0], func(o meshos.Output) {
				if le(o.Payload) != 21 {
					t.Errorf("it is answered with %d, want 21", le(o.Payload))
				}
			})
		},
		"a snapshot": func(sdk *meshos.SDK, id uint64) error { _, err := sdk.Snapshot(id); return err },
	} {
		t.Run(what, func(t *testing.T) {
			mesh := func(c *meshos.Config) { c.Mesh.Name = what[2:] }
			poster := start(t, s, 1, patient, mesh)
			node, id := startNode(t, s.URL, what[2:])
			post(t, poster, id, 1, 10)
			flush(t, poster, id)
			other := start(t, s, 2, mesh)
			standby := new(counter)
			if h, err := other.Register("counter", [meshos.SeedSize]byte{1}, standby); err != nil || h.ID() != id {
				t.Fatal(err)
			}
			eventually(t, "the second stands by", func() bool { return lifecycle(t, other, id) == "standby" })
			hang(t, node)
			post(t, poster, id, 11, 10)
			soon(t, what+" over a take-over", func() {
				if err := call(poster, id); err != nil {
					t.Error(err)
				}
			})
			want := uint64(20)
			if what == "a deliver" {
				want++
			}
			if got := standby.counted(); got != want {
				t.Errorf("the second has counted to %d, want %d", got, want)
			}
		})
	}
}

// hang stops a node, and returns when none of its threads runs any more: else it may answer what comes next.
func hang(t *testing.T, node *exec.Cmd) {
	t.Helper()
	if err := node.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(node.Process.Pid, &status, syscall.WUNTRACED, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || !status.Stopped() {
			t.Fatalf("the node is not stopped: %v, status %v", err, status)
		}
		return
	}
}
