//go:build mesh

package mesh_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

func maintenance(t *testing.T, sdk *meshos.SDK) string {
	t.Helper()
	var shown struct{ Maintenance struct{ State string } }
	if err := json.Unmarshal(sdk.RuntimeJSON(), &shown); err != nil {
		t.Fatal(err)
	}
	return shown.Maintenance.State
}

// A daemon that no other node can run processes in maintenance what was posted before, and nothing else.
func TestMaintenanceWithoutAStandby(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	home, away := start(t, s, 1), start(t, s, 2)
	d := new(counter)
	id := register(t, home, 1, d).ID()
	posted := make(chan int)
	var total atomic.Int64
	stop := make(chan struct{})
	go func() { // ends with stop: the drain must end while others post
		n := 0
		defer func() { posted <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if got, err := away.Post(id, events(n+1, 10)); err != nil || got != 10 {
				t.Error(got, err)
				return
			}
			n += 10
			total.Store(int64(n))
		}
	}()
	eventually(t, "some are counted", func() bool { return d.counted() > 100 })
	if err := home.EnterMaintenance(0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node is in maintenance", func() bool { return maintenance(t, home) == "Maintenance" })
	before := d.counted()
	eventually(t, "more are posted than were counted when the drain was over", func() bool { return total.Load() > int64(before) }) //nolint:gosec // a small number
	close(stop)
	n := <-posted
	if before == 0 || before >= uint64(n) { //nolint:gosec // not negative
		t.Errorf("%d of %d were counted when the drain was over", before, n)
	}
	for who, sdk := range map[string]*meshos.SDK{"another node": away, "its own node": home} {
		if err := sdk.Deliver(id, events(n+100, 1)[0], nil); !is(err, fault.Draining) {
			t.Errorf("a deliver from %s: %v, want draining", who, err)
		}
		if state, err := sdk.Snapshot(id); err != nil || le(state) != before {
			t.Errorf("a snapshot from %s: %v, %v, want %d", who, state, err, before)
		}
	}
	if err := away.Flush(id, 300*time.Millisecond); !is(err, fault.Timeout) {
		t.Errorf("a flush: %v, want timeout", err)
	}
	if got := d.counted(); got != before {
		t.Errorf("%d more are counted in maintenance", got-before)
	}
	if err := home.ExitMaintenance(); err != nil {
		t.Fatal(err)
	}
	flush(t, away, id)
	if d.counted() != uint64(n) { //nolint:gosec // not negative
		t.Errorf("%d of %d are counted afterwards", d.counted(), n)
	}
}

// What is registered in maintenance waits for its end.
func TestARegistrationInMaintenance(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	home, away := start(t, s, 1), start(t, s, 2)
	if err := home.EnterMaintenance(0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node is in maintenance", func() bool { return maintenance(t, home) == "Maintenance" })
	d := new(counter)
	id := register(t, home, 1, d).ID()
	post(t, away, id, 1, 10)
	if err := away.Flush(id, 300*time.Millisecond); !is(err, fault.Timeout) {
		t.Errorf("a flush: %v, want timeout", err)
	}
	if d.counted() != 0 {
		t.Errorf("%d are counted in maintenance", d.counted())
	}
	if err := home.ExitMaintenance(); err != nil {
		t.Fatal(err)
	}
	flush(t, away, id)
	if d.counted() != 10 {
		t.Errorf("%d are counted afterwards", d.counted())
	}
}

// What its own node has accepted is processed when a drain is over, however close to its beginning it was posted.
func TestPostsAtTheBeginningOfADrain(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	home := start(t, s, 1)
	d := new(counter)
	id := register(t, home, 1, d).ID()
	flush(t, home, id)
	var posted atomic.Int64
	for round := range 20 {
		var posting sync.WaitGroup
		for poster := range 64 {
			posting.Go(func() { // ends with the drain
				for n := 0; ; n++ {
					_, err := home.Post(id, events((round*64+poster)*1_000_000+n, 1))
					if err != nil {
						if !is(err, fault.Draining) {
							t.Error(err)
						}
						return
					}
					posted.Inc()
				}
			})
		}
		before := posted.Load()
		eventually(t, "some are posted", func() bool { return posted.Load() > before+20 })
		if err := home.EnterMaintenance(0); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the node is in maintenance", func() bool { return maintenance(t, home) == "Maintenance" })
		counted := d.counted()
		posting.Wait()
		if posted.Load() != int64(counted) { //nolint:gosec // a small number
			t.Fatalf("round %d: %d were posted, and %d are counted when the drain is over", round, posted.Load(), counted)
		}
		if err := home.ExitMaintenance(); err != nil {
			t.Fatal(err)
		}
	}
}
