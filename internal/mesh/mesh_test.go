//go:build mesh

package mesh_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	_ "netmeshos/internal/mesh"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

func TestCallsReachADaemonOfAnotherNode(t *testing.T) {
	_, home, away := pair(t)
	d := new(counter)
	id := register(t, home, 1, d).ID()
	post(t, away, id, 1, 1000)
	flush(t, away, id)
	if d.counted() != 1000 {
		t.Errorf("%d events counted", d.counted())
	}
	post(t, away, id, 1, 1000) // the same again
	post(t, home, id, 1001, 10)
	flush(t, home, id)
	var output []byte
	take := func(o meshos.Output) { output = bytes.Clone(o.Payload) }
	if err := away.Deliver(id, events(1011, 1)[0], take); err != nil || len(output) != 8 || binary.LittleEndian.Uint64(output) != 1011 {
		t.Errorf("the deliver's output is %v, %v", output, err)
	}
	if err := away.Deliver(id, meshos.InboundEvent{Payload: []byte("fail")}, nil); !is(err, fault.ProcessFailed) {
		t.Errorf("%v, want process_failed", err)
	}
	state, err := away.Snapshot(id)
	if err != nil || len(state) != 8 || binary.LittleEndian.Uint64(state) != 1011 {
		t.Errorf("the snapshot is %v, %v", state, err)
	}
	if err := away.Restore(id, binary.LittleEndian.AppendUint64(nil, 7)); err != nil {
		t.Error(err)
	}
	if d.counted() != 7 {
		t.Errorf("%d after a restore of 7", d.counted())
	}
	if err := away.StopDaemon(id, 100); err != nil {
		t.Error(err)
	}
	if got := lifecycle(t, home, id); got != "stopped" {
		t.Errorf("after the stop it is %s", got)
	}
	for _, sdk := range []*meshos.SDK{home, away} {
		if n, err := sdk.Post(id, events(2001, 1)); n != 0 || !is(err, fault.Stopped) {
			t.Errorf("%d events accepted, %v, want stopped", n, err)
		}
		if err := sdk.Deliver(id, events(2001, 1)[0], nil); !is(err, fault.Stopped) {
			t.Errorf("%v, want stopped", err)
		}
		if state, err := sdk.Snapshot(id); err != nil || le(state) != 7 {
			t.Errorf("the snapshot is %v, %v", state, err)
		}
	}
	if err := away.StopDaemon(id, 100); !is(err, fault.Stopped) {
		t.Errorf("%v, want stopped", err)
	}
	if err := away.RestartDaemon(id); err != nil {
		t.Error(err)
	}
	post(t, away, id, 2001, 1)
	flush(t, away, id)
	if d.counted() != 8 {
		t.Errorf("%d after the restart", d.counted())
	}
	const unknown = 12345
	if n, err := away.Post(unknown, events(1, 1)); n != 0 || !is(err, fault.NotFound) {
		t.Errorf("%d, %v, want not_found", n, err)
	}
	if err := away.Deliver(unknown, events(1, 1)[0], nil); !is(err, fault.NotFound) {
		t.Errorf("%v, want not_found", err)
	}
}

func TestOutputsReachSubscribersAndTheOutputFunctionOnce(t *testing.T) {
	_, home, away := pair(t)
	from, to := new(counter), new(counter)
	producer, subscriber := register(t, home, 1, from).ID(), register(t, away, 2, to).ID()
	var mu sync.Mutex
	var seen []uint64
	if err := home.SetOutput(func(o meshos.Output) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, o.Sequence)
	}); err != nil {
		t.Fatal(err)
	}
	if err := home.Subscribe(producer, subscriber); err != nil {
		t.Fatal(err)
	}
	post(t, away, producer, 1, 500)
	flush(t, home, producer)
	eventually(t, "the outputs are processed", func() bool { return to.counted() == 500 })
	flush(t, home, subscriber)
	eventually(t, "the outputs are seen", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(seen) >= 500
	})
	mu.Lock()
	defer mu.Unlock()
	if !slices.IsSorted(seen) || len(seen) != 500 || seen[499] != 500 {
		t.Errorf("%d outputs seen, up to %d", len(seen), seen[len(seen)-1])
	}
}

func TestASubscriptionEndsOnce(t *testing.T) {
	_, home, away := pair(t)
	producer, subscriber := register(t, home, 1, new(counter)).ID(), register(t, away, 2, new(counter)).ID()
	if err := home.Unsubscribe(producer, subscriber); !is(err, fault.NotFound) {
		t.Errorf("without a subscription: %v, want not_found", err)
	}
	if err := home.Subscribe(producer, subscriber); err != nil {
		t.Fatal(err)
	}
	if err := away.Unsubscribe(subscriber, producer); !is(err, fault.NotFound) {
		t.Errorf("the other way round: %v, want not_found", err)
	}
	if err := away.Unsubscribe(producer, subscriber); err != nil {
		t.Error(err)
	}
	if err := home.Unsubscribe(producer, subscriber); !is(err, fault.NotFound) {
		t.Errorf("once more: %v, want not_found", err)
	}
}

func TestAStandbyTakesOverWithTheCommittedState(t *testing.T) {
	_, first, second := pair(t)
	a, b := new(counter), new(counter)
	h := register(t, first, 1, a)
	eventually(t, "the first runs it", func() bool { return lifecycle(t, first, h.ID()) == "running" })
	post(t, first, h.ID(), 1, 100)
	flush(t, first, h.ID())
	standBy(t, second, 1, b)
	h.Close()
	post(t, first, h.ID(), 101, 1)
	flush(t, first, h.ID())
	if b.counted() != 101 {
		t.Errorf("the second has counted to %d", b.counted())
	}
	// Back again, by a drain.
	again := new(counter)
	standBy(t, first, 1, again)
	if err := second.EnterMaintenance(0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first runs it again", func() bool { return lifecycle(t, first, h.ID()) == "running" })
	post(t, second, h.ID(), 102, 1)
	flush(t, second, h.ID())
	if again.counted() != 102 {
		t.Errorf("the first has counted to %d", again.counted())
	}
}

func TestADaemonGoesOnWhereItEnded(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	for round := range uint64(3) {
		sdk := start(t, s, 1)
		d := new(counter)
		id := register(t, sdk, 1, d).ID()
		post(t, sdk, id, int(round)*10+1, 10)
		flush(t, sdk, id)
		if d.counted() != (round+1)*10 {
			t.Errorf("round %d: %d", round, d.counted())
		}
		if err := sdk.Shutdown(); err != nil {
			t.Error(err)
		}
	}
}

func TestPeersSeeEachOther(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	one, two := start(t, s, 1), start(t, s, 0)
	if two.NodeID() == 0 || two.NodeID() == 1 {
		t.Errorf("the id made is %d", two.NodeID())
	}
	sees := func(sdk *meshos.SDK, other uint64) func() bool {
		return func() bool {
			var shown struct {
				Mesh struct {
					Peers []struct {
						NodeID uint64 `json:"node_id"`
						Health string
					}
				}
			}
			if err := json.Unmarshal(sdk.RuntimeJSON(), &shown); err != nil {
				t.Fatal(err)
			}
			for _, p := range shown.Mesh.Peers {
				if p.NodeID == other && p.Health == "Healthy" {
					return true
				}
			}
			return false
		}
	}
	eventually(t, "one sees two", sees(one, two.NodeID()))
	eventually(t, "two sees one", sees(two, 1))
	if _, err := meshos.Start(meshos.Config{ThisNode: 1, Mesh: config.DefaultMesh(s.URL)}); !is(err, fault.ConfigInvalid) && !is(err, fault.NodeIDTaken) {
		t.Errorf("%v, want node_id_taken", err)
	}
}

func TestANodeSaysWhyItCanNotJoin(t *testing.T) {
	c := meshos.Config{Mesh: config.DefaultMesh("nats://127.0.0.1:1")}
	c.Mesh.StartTimeoutMS = 200
	if _, err := meshos.Start(c); !is(err, fault.MeshUnavailable) {
		t.Errorf("%v, want mesh_unavailable", err)
	}
	s := meshtest.Start(t, meshtest.Options{})
	sdk := start(t, s, 1)
	if _, err := sdk.Register("x", [meshos.SeedSize]byte{9}, struct {
		meshos.Daemon
		meshos.Snapshotter
	}{new(counter), new(counter)}); !is(err, fault.InvalidArgument) {
		t.Errorf("snapshot without restore: %v, want invalid_argument", err)
	}
}
