//go:build mesh

package mesh_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// remove deletes streams, as an operator can.
func remove(t *testing.T, s *meshtest.Server, streams ...string) {
	t.Helper()
	_, js := visitor(t, s)
	for _, stream := range streams {
		if err := js.DeleteStream(stream); err != nil {
			t.Fatal(err)
		}
	}
}

// complains reports whether the log has an error that names a stream.
func complains(sdk *meshos.SDK, stream string) bool {
	for _, r := range sdk.Logs(0, 10_000) {
		if r.Level == logs.Error && strings.Contains(r.Message, stream) && strings.Contains(r.Message, "gone") {
			return true
		}
	}
	return false
}

// brief waits for less than a test does.
func brief(c *meshos.Config) { c.Mesh.RequestTimeoutMS = 3000 }

// queued is the nodes that run a daemon or would take it over, as a node sees them.
func queued(t *testing.T, sdk *meshos.SDK, id uint64) []uint64 {
	t.Helper()
	text, err := sdk.DaemonJSON(id)
	if err != nil {
		t.Fatal(err)
	}
	var shown struct {
		Mesh struct {
			NodeID   uint64 `json:"node_id"`
			Standbys []uint64
		}
	}
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	nodes := append(shown.Mesh.Standbys, shown.Mesh.NodeID)
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

// Nodes that run make a stream with events anew, and store there what they know: states, numbers of outputs, and what repeats.
func TestAStreamWithEventsIsDeleted(t *testing.T) {
	s, sdk, other := pair(t, brief)
	const stream = "MESHOS_meshos_0"
	d, idle, sub, standby := new(counter), new(counter), new(counter), new(counter)
	h := register(t, sdk, 1, d)
	id, resting, subscriber := h.ID(), register(t, sdk, 2, idle).ID(), register(t, other, 3, sub).ID()
	if err := sdk.Subscribe(id, subscriber); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var outputs []uint64
	if err := sdk.SetOutput(func(o meshos.Output) {
		mu.Lock()
		defer mu.Unlock()
		if o.DaemonID == id {
			outputs = append(outputs, o.Sequence)
		}
	}); err != nil {
		t.Fatal(err)
	}
	post(t, sdk, id, 1, 10)
	post(t, sdk, resting, 1, 7)
	flush(t, sdk, id)
	flush(t, sdk, resting)
	eventually(t, "the outputs come", func() bool { return sub.counted() == 10 })
	flush(t, other, subscriber)
	register(t, other, 1, standby)
	eventually(t, "the second stands by", func() bool { return stands(t, sdk, id, 2) })
	remove(t, s, stream)
	eventually(t, "posts are accepted again", func() bool {
		n, err := sdk.Post(id, events(11, 1))
		if n == 0 && (!is(err, fault.MeshUnavailable) || !strings.Contains(err.Error(), stream) || !strings.Contains(err.Error(), "gone")) {
			t.Errorf("%v, want mesh_unavailable with the stream's name", err)
		}
		return n == 1
	})
	if !complains(sdk, stream) && !complains(other, stream) {
		t.Error("no log says so")
	}
	post(t, other, id, 8, 8) // some are known
	flush(t, other, id)
	if got := d.counted(); got != 15 || d.reset() > 1 {
		t.Errorf("%d events are counted, of 15, after %d restores", got, d.reset())
	}
	eventually(t, "the outputs come", func() bool { return sub.counted() == 15 })
	mu.Lock()
	for i, n := range outputs {
		if n != uint64(i+1) { //nolint:gosec // small
			t.Errorf("the outputs have the numbers %v", outputs)
			break
		}
	}
	mu.Unlock()
	// Who takes over finds it all, also of a daemon that had nothing to do since.
	again := new(counter)
	register(t, other, 2, again)
	eventually(t, "the second stands by", func() bool { return stands(t, sdk, resting, 2) })
	if err := sdk.Shutdown(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id    uint64
		d     *counter
		count uint64
	}{{id, standby, 15}, {resting, again, 7}} {
		flush(t, other, c.id) // it has been taken over
		if state, err := other.Snapshot(c.id); err != nil || le(state) != c.count || c.d.counted() != c.count {
			t.Errorf("the next owner has counted to %d, %v, want %d", c.d.counted(), err, c.count)
		}
	}
}

// After a purge of the meta stream nodes store again what they know: the settings, and who is subscribed.
func TestTheMetaStreamIsPurged(t *testing.T) {
	s, one, two := pair(t, brief)
	from, to := new(counter), new(counter)
	producer, subscriber := register(t, one, 1, from).ID(), register(t, two, 2, to).ID()
	eventually(t, "both run", func() bool {
		return lifecycle(t, one, producer) == "running" && lifecycle(t, two, subscriber) == "running"
	})
	if err := one.Subscribe(producer, subscriber); err != nil {
		t.Fatal(err)
	}
	post(t, one, producer, 1, 10)
	flush(t, one, producer)
	eventually(t, "the outputs come", func() bool { return to.counted() == 10 })
	c, js := visitor(t, s)
	if _, err := c.Request("$JS.API.STREAM.PURGE.MESHOS_meshos_meta", nil, limit); err != nil {
		t.Fatal(err)
	}
	for what, subject := range map[string]string{
		"the settings": names.Settings(), "the subscription": names.Subscription(subscriber, producer), "a lease": names.Lease(1),
		"a registration": names.Registration(producer, 1),
	} {
		eventually(t, what+" is there again", func() bool {
			_, err := js.GetLastMsg(names.MetaStream(), subject)
			return err == nil
		})
	}
	three := start(t, s, 3, brief) // who comes later knows of the subscription by that
	post(t, three, producer, 11, 10)
	flush(t, three, producer)
	eventually(t, "the outputs come", func() bool { return to.counted() == 20 })
}

func TestTheMetaStreamIsDeleted(t *testing.T) {
	s, one, two := pair(t, brief)
	from, to, standby := new(counter), new(counter), new(counter)
	h := register(t, one, 1, from)
	producer, subscriber := h.ID(), register(t, two, 2, to).ID()
	eventually(t, "it runs", func() bool { return lifecycle(t, one, producer) == "running" })
	standBy(t, two, 1, standby)
	if err := one.Subscribe(producer, subscriber); err != nil {
		t.Fatal(err)
	}
	stopped := register(t, one, 4, new(counter)).ID()
	if err := one.StopDaemon(stopped, 1); err != nil {
		t.Fatal(err)
	}
	remove(t, s, "MESHOS_meshos_meta", "MESHOS_meshos_audit")
	eventually(t, "a log says so", func() bool {
		return complains(one, "MESHOS_meshos_meta") || complains(two, "MESHOS_meshos_meta")
	})
	post(t, two, producer, 1, 10)
	flush(t, one, producer)
	eventually(t, "the outputs come", func() bool { return to.counted() == 10 })
	// What nodes have made known is there again: who stands by, and who is subscribed.
	three := start(t, s, 3, brief)
	third := new(counter)
	register(t, three, 1, third)
	for _, sdk := range []*meshos.SDK{one, two, three} {
		eventually(t, "all nodes are in the queue", func() bool { return slices.Equal(queued(t, sdk, producer), []uint64{1, 2, 3}) })
	}
	four := start(t, s, 4, brief)
	eventually(t, "a node that comes later knows what is stopped", func() bool {
		n, err := four.Post(stopped, events(1, 1))
		return n == 0 && is(err, fault.Stopped)
	})
	h.Close()
	eventually(t, "another node runs it", func() bool {
		return lifecycle(t, two, producer) == "running" || lifecycle(t, three, producer) == "running"
	})
	post(t, three, producer, 11, 10)
	flush(t, three, producer)
	eventually(t, "the outputs come", func() bool { return to.counted() == 20 })
	if err := three.Unsubscribe(producer, subscriber); err != nil {
		t.Error(err)
	}
	post(t, three, producer, 21, 10)
	flush(t, three, producer)
	flush(t, three, subscriber)
	if got := to.counted(); got != 20 {
		t.Errorf("after the end of the subscription %d are counted", got)
	}
}
