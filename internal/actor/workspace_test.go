package actor

import (
	"testing"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/life"
	"netmeshos/internal/testrand"
	"netmeshos/internal/watchdog"
)

type always struct{}

func (always) Armed() bool { return true }
func (always) Disarm()     {}
func (always) Recall()     {}

// The watchdog must find exactly the actors that hold a workspace. There are more actors
// than workspaces that can be had without a lock.
func TestTheWatchdogFindsActorsThatWork(t *testing.T) {
	random := testrand.New(t)
	found := map[uint64]bool{}
	working := map[*Actor]*Workspace{}
	dog := watchdog.New(time.Second, always{}, func(e life.Event) {
		overdue := e.(life.Overdue)
		if found[overdue.ID] {
			t.Fatalf("actor %d is found twice", overdue.ID)
		}
		found[overdue.ID] = true
	})
	env := &Env{Watchdog: dog}
	actors := make([]*Actor, 3*cachedWorkspaces)
	for i := range actors {
		actors[i] = &Actor{env: env, callee: watchdog.Callee{ID: uint64(i)}}
	}
	now := time.Now()
	for range 2_000 {
		a := actors[random.IntN(len(actors))]
		if w := working[a]; w != nil {
			w.call.End()
			env.workspaces.put(a, w, random.IntN(2) == 0)
			delete(working, a)
		} else {
			working[a] = env.workspaces.get(a)
		}
		for _, w := range working { // a new call for each, so that all are reported again
			w.call.Begin(clock.At(now)-time.Second-time.Duration(random.IntN(1<<20)), false)
		}
		clear(found)
		now = now.Add(time.Minute)
		dog.Attend(now)
		now = now.Add(time.Minute)
		dog.Attend(now)
		for a := range working {
			if !found[a.ID()] {
				t.Fatalf("actor %d is not found", a.ID())
			}
		}
		if len(found) != len(working) {
			t.Fatalf("%d actors found of %d", len(found), len(working))
		}
	}
	taken := map[*Workspace]bool{}
	for a, w := range working {
		if taken[w] {
			t.Errorf("actor %d shares its workspace", a.ID())
		}
		taken[w] = true
	}
}
