//go:build mesh

package mesh_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// echo emits what it gets.
type echo struct{ got chan int }

func (e echo) Process(in meshos.InboundEvent, emit func([]byte)) error {
	e.got <- len(in.Payload)
	emit(in.Payload)
	return nil
}

// The longest payload is the one that docs/mesh.md names, whatever way it takes.
func TestTheLongestPayload(t *testing.T) {
	const longest = 1_044_480
	_, home, away := pair(t)
	e := echo{make(chan int, 64)}
	id := register(t, home, 1, e).ID()
	for _, sdk := range []*meshos.SDK{home, away} {
		for _, size := range []int{longest, longest + 1} {
			in := meshos.InboundEvent{Payload: make([]byte, size)}
			out := 0
			n, posted := sdk.Post(id, []meshos.InboundEvent{in})
			delivered := sdk.Deliver(id, in, func(o meshos.Output) { out = len(o.Payload) })
			if size > longest {
				if n != 0 || !is(posted, fault.InvalidArgument) || !is(delivered, fault.InvalidArgument) {
					t.Errorf("%d bytes: %d posted, %v, %v, want invalid_argument", size, n, posted, delivered)
				}
				continue
			}
			if n != 1 || posted != nil || delivered != nil || out != size {
				t.Errorf("%d bytes: %d posted, %v, delivered %d bytes, %v", size, n, posted, out, delivered)
				continue
			}
			for range 2 {
				select {
				case got := <-e.got:
					if got != size {
						t.Errorf("%d bytes are processed of %d", got, size)
					}
				case <-time.After(limit):
					t.Fatal("it isn't processed")
				}
			}
		}
	}
}

// A run of a node hangs and keeps its lease. The next one waits for that with the default times.
func TestANodeStartsBesideOneThatHangs(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	start(t, s, 1) // the mesh is there
	conn, _ := visitor(t, s)
	if _, err := conn.SubscribeSync(names.Node(7, "ping")); err != nil {
		t.Fatal(err)
	}
	c := config.DefaultMesh(s.URL)
	lease := nats.NewMsg(names.Lease(7))
	lease.Data = []byte(`{"v":1,"instance":"00000000000000ff","started_ms":1}`)
	lease.Header.Set("Nats-TTL", "5") // the default of lease_ms
	if _, err := conn.RequestMsg(lease, limit); err != nil {
		t.Fatal(err)
	}
	sdk, failed := meshos.Start(meshos.Config{ThisNode: 7, Mesh: c})
	if failed != nil {
		t.Fatal(failed)
	}
	if err := sdk.Shutdown(); err != nil {
		t.Error(err)
	}
}
