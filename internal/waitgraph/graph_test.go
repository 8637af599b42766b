package waitgraph

import (
	"slices"
	"testing"

	"netmeshos/internal/testrand"
)

func TestAWaitThatClosesACycleIsRefused(t *testing.T) {
	for size := 1; size <= 10; size++ {
		var g Graph[int]
		for i := range size - 1 {
			if !g.Add(i+1, i) {
				t.Fatalf("size %d: the chain is refused at %d", size, i)
			}
		}
		if g.Add(0, size-1) {
			t.Errorf("size %d: the cycle is closed", size)
		}
		if !g.Add(size, size-1) {
			t.Errorf("size %d: after a refusal the chain can't go on", size)
		}
	}
}

func TestOneOfManyWaitersIsEnoughForACycle(t *testing.T) {
	var g Graph[string]
	g.Add("b", "a")
	if g.Add("a", "x", "b") || g.Reaches("x", "a") {
		t.Error("x and b wait for a, which waits for b")
	}
	if !g.Add("a", "x", "y") || !g.Reaches("y", "b") {
		t.Error("x and y can't wait for a")
	}
}

func TestARemovedWaitIsForgotten(t *testing.T) {
	var g Graph[int]
	g.Add(2, 1)
	g.Add(2, 1) // two waits of the same pair
	g.Remove(2, 1)
	if g.Add(1, 2) {
		t.Error("one of two waits was left, and the other is forgotten")
	}
	g.Remove(2, 1)
	if !g.Add(1, 2) {
		t.Error("both waits were left, and are remembered")
	}
	g.Remove(1, 2)
	if len(g.waits) != 0 {
		t.Errorf("the graph keeps %v", g.waits)
	}
}

func TestWithoutWaitersThereIsNoWait(t *testing.T) {
	var g Graph[int]
	if !g.Add(1) || len(g.waits) != 0 {
		t.Error("a wait of nobody is refused or kept")
	}
	g.Remove(1)
}

// Whatever waits are added and removed, Reaches agrees with a walk over all edges, and
// there is no cycle.
func TestAnyHistory(t *testing.T) {
	random := testrand.New(t)
	const nodes = 8
	type wait struct {
		target  int
		waiters []int
	}
	for range 200 {
		var g Graph[int]
		var waits []wait
		edges := func(from int) (to []int) {
			for _, w := range waits {
				if slices.Contains(w.waiters, from) {
					to = append(to, w.target)
				}
			}
			return to
		}
		var walk func(from, goal, depth int) bool
		walk = func(from, goal, depth int) bool {
			return from == goal || depth > 0 && slices.ContainsFunc(edges(from), func(n int) bool { return walk(n, goal, depth-1) })
		}
		for range 40 {
			if len(waits) > 0 && random.IntN(3) == 0 {
				at := random.IntN(len(waits))
				g.Remove(waits[at].target, waits[at].waiters...)
				waits = slices.Delete(waits, at, at+1)
				continue
			}
			w := wait{random.IntN(nodes), random.Perm(nodes)[:1+random.IntN(3)]}
			closes := slices.ContainsFunc(w.waiters, func(n int) bool { return walk(w.target, n, nodes) })
			if g.Add(w.target, w.waiters...) == closes {
				t.Fatalf("%v waits for %d with %v: entered is %v", w.waiters, w.target, waits, !closes)
			}
			if !closes {
				waits = append(waits, w)
			}
		}
		for from := range nodes {
			for goal := range nodes {
				if got, want := g.Reaches(from, goal), walk(from, goal, nodes); got != want {
					t.Fatalf("%d reaches %d with %v: %v", from, goal, waits, got)
				}
			}
		}
	}
}
