package node

import (
	"sync"
	"testing"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/fault"
	"netmeshos/internal/testrand"
)

// daemonOf returns a daemon with this id that is not registered anywhere.
func daemonOf(id uint64) *Daemon {
	return &Daemon{actor: actor.New(&actor.Env{}, id, "", actor.None{}, nil)}
}

// Daemons whose ids share a place displace each other, and no daemon is found by another's
// id.
func TestDaemonsThatShareAPlaceInRecent(t *testing.T) {
	var r recent
	a, b, other := daemonOf(3), daemonOf(3+recentPlaces), daemonOf(4)
	again := daemonOf(3) // registered after a had ended
	want := func(what string, id uint64, want *Daemon) {
		t.Helper()
		if got := r.find(id); got != want {
			t.Errorf("%s: found %p, want %p", what, got, want)
		}
	}
	want("no daemon", 3, nil)
	want("no daemon, id 0", 0, nil)
	r.add(a)
	r.add(other)
	want("the daemon", 3, a)
	want("an id that shares its place", 3+recentPlaces, nil)
	r.remove(b)
	want("after one that isn't there was removed", 3, a)
	r.add(b)
	want("displaced", 3, nil)
	want("the one that displaced it", 3+recentPlaces, b)
	r.remove(a)
	want("after the displaced one was removed", 3+recentPlaces, b)
	r.add(a)
	r.remove(again)
	want("after another of the same id was removed", 3, a)
	r.add(again)
	r.remove(a)
	want("after its predecessor was removed", 3, again)
	want("one in another place", 4, other)
	r.clear()
	want("cleared", 3, nil)
	want("cleared", 4, nil)
}

// With more daemons than places, find returns exactly those that are registered.
func TestFindReturnsRegisteredDaemons(t *testing.T) {
	const seeds = 3 * recentPlaces
	random := testrand.New(t)
	n := startNode(t, quiet, Options{})
	var registered [seeds]*Daemon
	var ids [seeds]uint64
	var gone []*Daemon
	for range 3_000 {
		i := random.IntN(seeds)
		switch d := registered[i]; {
		case d == nil:
			registered[i] = mustRegister(t, n, i, actor.None{})
			ids[i] = registered[i].ID()
		case random.IntN(3) == 0:
			d.Close(nil, nil)
			registered[i] = nil
			gone = append(gone, d)
		}
		if len(gone) > 0 && random.IntN(4) == 0 { // unregistering twice must not free a new daemon's id
			n.unregister(gone[random.IntN(len(gone))])
		}
		for range 4 {
			i := random.IntN(seeds)
			got, err := n.find(ids[i])
			switch want := registered[i]; {
			case got != want:
				t.Fatalf("daemon %d: found %p, want %p", i, got, want)
			case want == nil:
				wantFault(t, "find", err, fault.NotFound)
			case err != nil:
				t.Fatalf("daemon %d: %v", i, err)
			}
		}
	}
	if got := len(n.all()); got == 0 {
		t.Error("no daemon is registered")
	}
	wantFault(t, "Shutdown", n.Shutdown(nil), "")
	for i := range seeds {
		if d, err := n.find(ids[i]); d != nil || err != errDown {
			t.Fatalf("after the shutdown: %v, %v", d, err)
		}
	}
}

// A look-up that races with a daemon's end doesn't put the daemon back into the cache.
func TestADaemonThatHasEndedIsNotFound(t *testing.T) {
	n := startNode(t, quiet, Options{})
	d := mustRegister(t, n, 1, actor.None{})
	id := d.ID()
	var over atomic.Bool
	var looking sync.WaitGroup
	for range 2 {
		looking.Go(func() {
			for !over.Load() {
				_, _ = n.find(id)
			}
		})
	}
	for range 500 {
		d.Close(nil, nil)
		if _, err := n.find(id); err == nil {
			t.Error("found after its end")
			break
		}
		d = mustRegister(t, n, 1, actor.None{})
		if got, err := n.find(id); err != nil || got != d {
			t.Errorf("found %p, %v; want %p", got, err, d)
			break
		}
	}
	over.Store(true)
	looking.Wait()
}

func TestPairNeedsTwoRegisteredDaemons(t *testing.T) {
	n := startNode(t, quiet, Options{})
	a, b := mustRegister(t, n, 1, actor.None{}), mustRegister(t, n, 2, actor.None{})
	if first, second, err := n.pair(a.ID(), b.ID()); err != nil || first != a || second != b {
		t.Errorf("%p %p %v", first, second, err)
	}
	for _, ids := range [][2]uint64{{a.ID(), 7}, {7, b.ID()}, {7, 8}} {
		_, _, err := n.pair(ids[0], ids[1])
		wantFault(t, "one of them is not registered", err, fault.NotFound)
	}
}
