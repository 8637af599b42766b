//go:build mesh

package mesh_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"netmeshos/internal/config"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

const (
	nodeVariable = "MESHOS_TEST_NODE"
	idVariable   = "MESHOS_TEST_NODE_ID"
	meshVariable = "MESHOS_TEST_MESH" // empty: the default
)

func TestMain(m *testing.M) {
	if url := os.Getenv(nodeVariable); url != "" {
		os.Exit(beNode(url))
	}
	os.Exit(m.Run())
}

// beNode is a process that runs a counter on a node of its own until it is killed.
func beNode(url string) int {
	c := meshos.Config{Mesh: config.DefaultMesh(url)}
	c.Mesh.LeaseMS, c.Mesh.BeatIntervalMS = 1000, 100
	c.ThisNode, _ = strconv.ParseUint(os.Getenv(idVariable), 10, 64) // 0: one is made
	if mesh := os.Getenv(meshVariable); mesh != "" {
		c.Mesh.Name = mesh
	}
	sdk, err := meshos.Start(c)
	if err == nil {
		var h *meshos.Handle
		if h, err = sdk.Register("counter", [meshos.SeedSize]byte{1}, new(counter)); err == nil {
			fmt.Println("ready", h.ID())
			for after := uint64(0); ; time.Sleep(10 * time.Millisecond) {
				for _, r := range sdk.Logs(after, 100) {
					after = r.Seq
					fmt.Println(r.Message)
				}
			}
		}
	}
	fmt.Println(err)
	return 1
}

// startNode starts such a process, and returns when the daemon is registered.
func startNode(t *testing.T, url string, mesh ...string) (node *exec.Cmd, id uint64) {
	t.Helper()
	node = exec.Command(os.Args[0])
	node.Env = append(os.Environ(), nodeVariable+"="+url, meshVariable+"="+strings.Join(mesh, ""))
	node.Stderr = os.Stderr
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(node) })
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the node has said nothing")
	}
	if _, err := fmt.Sscanf(lines.Text(), "ready %d", &id); err != nil {
		t.Fatalf("the node has said %q", lines.Text())
	}
	return node, id
}

func kill(node *exec.Cmd) {
	if node.ProcessState == nil {
		_ = node.Process.Kill() // SIGKILL
		_ = node.Wait()
	}
}

// A process that runs a daemon is killed again and again while events are posted, and so is the server: each
// accepted event is in the state once.
func TestNothingIsLostOrCountedTwiceWhenProcessesAreKilled(t *testing.T) {
	const rounds, each = 6, 300
	s := meshtest.Start(t, meshtest.Options{})
	poster := start(t, s, 1)
	var id uint64
	nodes := make([]*exec.Cmd, 2)
	for i := range nodes {
		nodes[i], id = startNode(t, s.URL)
	}
	posted := 0
	for round := range rounds {
		done := make(chan error, 1)
		go func() { // ends with its events
			for i := range each {
				for {
					n, err := poster.Post(id, events(posted+i+1, 1))
					if err == nil && n == 1 {
						break
					}
					if n == 1 { // stored, and the answer says so
						break
					}
					time.Sleep(10 * time.Millisecond) // the server is away; the same again is counted once
				}
			}
			done <- nil
		}()
		switch round % 3 {
		case 0, 1:
			at := round % len(nodes)
			kill(nodes[at])
			nodes[at], _ = startNode(t, s.URL)
		case 2:
			s.Kill(t)
			s.Restart(t)
		}
		select {
		case <-done:
		case <-time.After(limit):
			t.Fatal("posting takes too long")
		}
		posted += each
	}
	flush(t, poster, id)
	var count uint64
	if err := poster.Deliver(id, events(posted+1, 1)[0], func(o meshos.Output) { count = le(o.Payload) }); err != nil {
		t.Fatal(err)
	}
	if count != uint64(posted)+1 {
		t.Errorf("%d events counted, %d posted", count, posted+1)
	}
}
