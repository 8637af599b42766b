//go:build mesh

package mesh_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// patient makes each wait for the servers so long that two of them, one after the other, are seen.
func patient(c *meshos.Config) { c.Mesh.RequestTimeoutMS = uint64(limit.Milliseconds()) }

// away kills the server and returns when the node knows it.
func away(t *testing.T, s *meshtest.Server, sdk *meshos.SDK) {
	t.Helper()
	s.Kill(t)
	eventually(t, "the node misses the server", func() bool { return !connected(t, sdk) })
}

func connected(t *testing.T, sdk *meshos.SDK) bool {
	t.Helper()
	var shown struct{ Mesh struct{ Connected bool } }
	if err := json.Unmarshal(sdk.RuntimeJSON(), &shown); err != nil {
		t.Fatal(err)
	}
	return shown.Mesh.Connected
}

// logged counts the lines about a daemon that have the words.
func logged(sdk *meshos.SDK, id uint64, words string) (n int) {
	for _, r := range sdk.Logs(0, 10_000) {
		if r.DaemonID == id && strings.Contains(r.Message, words) {
			n++
		}
	}
	return n
}

// soon fails if f takes as long as one wait for the servers.
func soon(t *testing.T, what string, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took >= limit {
		t.Errorf("%s takes %v without servers", what, took)
	}
}

func TestDaemonsAreRegisteredWhileTheServersAreAway(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	sdk, other := start(t, s, 1, patient), start(t, s, 2)
	away(t, s, sdk)
	var handles []*meshos.Handle
	daemons := make([]counter, 20)
	soon(t, "registering 20 daemons", func() {
		for i := range daemons {
			handles = append(handles, register(t, sdk, byte(i+1), &daemons[i]))
		}
	})
	subscribed := make(chan error, 1)
	go func() { subscribed <- sdk.Subscribe(handles[0].ID(), handles[1].ID()) }() // it waits for the servers, as a post does
	s.Restart(t)
	if err := <-subscribed; err != nil {
		t.Error(err)
	}
	if err := sdk.Unsubscribe(handles[0].ID(), handles[1].ID()); err != nil {
		t.Error(err)
	}
	for i, h := range handles {
		eventually(t, "the daemon is announced", func() bool { return logged(sdk, h.ID(), "is known to the mesh now") == 1 })
		post(t, other, h.ID(), 1, 10)
		flush(t, sdk, h.ID())
		if got := daemons[i].counted(); got != 10 {
			t.Errorf("daemon %d has counted %d", i, got)
		}
	}
}

func TestDaemonsAreFreedWhileTheServersAreAway(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	sdk, other := start(t, s, 1, patient), start(t, s, 2)
	var handles []*meshos.Handle
	daemons, standbys := make([]counter, 20), make([]counter, 20)
	for i := range daemons {
		h := register(t, sdk, byte(i+1), &daemons[i])
		eventually(t, "it is run", func() bool { return lifecycle(t, sdk, h.ID()) == "running" })
		post(t, sdk, h.ID(), 1, 10)
		flush(t, sdk, h.ID())
		handles = append(handles, h)
		standBy(t, other, byte(i+1), &standbys[i])
	}
	away(t, s, sdk)
	soon(t, "freeing 20 daemons", func() {
		for _, h := range handles {
			h.Close()
		}
	})
	// One that comes again is another one for the mesh, and at the end of the queue.
	again := new(counter)
	register(t, sdk, 1, again)
	s.Restart(t)
	for i, h := range handles {
		eventually(t, "the standby takes over", func() bool { return lifecycle(t, other, h.ID()) == "running" })
		post(t, other, h.ID(), 11, 1)
		flush(t, other, h.ID())
		if got := standbys[i].counted(); got != 11 {
			t.Errorf("standby %d has counted %d", i, got)
		}
	}
	eventually(t, "it stands by", func() bool { return lifecycle(t, sdk, handles[0].ID()) == "standby" })
	soon(t, "the end of the node", func() {
		away(t, s, sdk)
		if err := sdk.Shutdown(); err != nil {
			t.Error(err)
		}
	})
}
