//go:build mesh

package mesh_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// limit is for what takes well under a second on an idle machine.
const limit = 60 * time.Second

// names are the subjects of the mesh that start joins.
var names = link.Names{Name: "meshos", Streams: 1}

// counter counts its events, and emits each count.
type counter struct {
	mu     sync.Mutex
	count  uint64
	resets int
}

func (c *counter) Process(e meshos.InboundEvent, emit func([]byte)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if string(e.Payload) == "fail" {
		return fmt.Errorf("told to")
	}
	c.count++
	emit(binary.LittleEndian.AppendUint64(nil, c.count))
	return nil
}

func (c *counter) Snapshot() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return binary.LittleEndian.AppendUint64(nil, c.count)
}

func (c *counter) Restore(state []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count, c.resets = 0, c.resets+1
	if len(state) == 8 {
		c.count = binary.LittleEndian.Uint64(state)
	}
	return nil
}

func (c *counter) counted() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// reset is how often it has got a state.
func (c *counter) reset() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resets
}

func le(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func start(t *testing.T, s *meshtest.Server, node uint64, change ...func(*meshos.Config)) *meshos.SDK {
	t.Helper()
	c := meshos.Config{ThisNode: node, Mesh: config.DefaultMesh(s.URL)}
	c.Mesh.LeaseMS = 1000
	c.Mesh.BeatIntervalMS = 100
	for _, f := range change {
		f(&c)
	}
	sdk, err := meshos.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !sdk.IsDown() {
			if err := sdk.Shutdown(); err != nil {
				t.Error(err)
			}
		}
	})
	return sdk
}

// visitor is somebody at the server who is no node.
func visitor(t *testing.T, s *meshtest.Server) (*nats.Conn, nats.JetStreamContext) {
	t.Helper()
	conn, err := nats.Connect(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := conn.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}

// pair is a mesh of two nodes.
func pair(t *testing.T, change ...func(*meshos.Config)) (s *meshtest.Server, home, away *meshos.SDK) {
	t.Helper()
	s = meshtest.Start(t, meshtest.Options{})
	return s, start(t, s, 1, change...), start(t, s, 2, change...)
}

func register(t *testing.T, sdk *meshos.SDK, seed byte, d meshos.Daemon) *meshos.Handle {
	t.Helper()
	h, err := sdk.Register(fmt.Sprintf("daemon-%d", seed), [meshos.SeedSize]byte{seed}, d)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// standBy registers a daemon that another node runs, and waits until it is ready to take over.
func standBy(t *testing.T, sdk *meshos.SDK, seed byte, d meshos.Daemon) {
	t.Helper()
	id := register(t, sdk, seed, d).ID()
	eventually(t, "it stands by", func() bool { return lifecycle(t, sdk, id) == "standby" })
}

func events(from, n int) (list []meshos.InboundEvent) {
	for i := range n {
		list = append(list, meshos.InboundEvent{Origin: 5, Sequence: uint64(from + i), Payload: []byte("event")})
	}
	return list
}

func post(t *testing.T, sdk *meshos.SDK, id uint64, from, n int) {
	t.Helper()
	if got, err := sdk.Post(id, events(from, n)); err != nil || got != n {
		t.Fatalf("%d of %d accepted, %v", got, n, err)
	}
}

func flush(t *testing.T, sdk *meshos.SDK, id uint64) {
	t.Helper()
	if err := sdk.Flush(id, limit); err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for over := time.Now().Add(limit); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(over) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

func lifecycle(t *testing.T, sdk *meshos.SDK, id uint64) string {
	t.Helper()
	return shown(t, sdk, id).Lifecycle
}

// standbys are the nodes that an SDK knows to stand by for a daemon.
func standbys(t *testing.T, sdk *meshos.SDK, id uint64) []uint64 {
	t.Helper()
	return shown(t, sdk, id).Mesh.Standbys
}

type showing struct {
	Lifecycle string
	Mesh      struct{ Standbys []uint64 }
}

func shown(t *testing.T, sdk *meshos.SDK, id uint64) (found showing) {
	t.Helper()
	text, err := sdk.DaemonJSON(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func is(err error, kind fault.Kind) bool {
	e, ok := err.(*fault.Error)
	return ok && e.Kind == kind
}
