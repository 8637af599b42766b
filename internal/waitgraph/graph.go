// Package waitgraph owns the graph of who waits for whom. A wait that would close a cycle
// is refused, so there is no deadlock.
package waitgraph

import (
	"slices"
	"sync"
)

// Graph has an edge for each wait: from the waiter to the node that it waits for. The
// zero value is empty. All methods are safe from any goroutine.
type Graph[N comparable] struct {
	mu    sync.Mutex // guards what follows
	waits map[N][]N  // the targets of each waiter; one entry for each wait
}

// Add adds a wait of all the waiters for the target. If that would close a cycle, it adds
// nothing and returns false.
func (g *Graph[N]) Add(target N, waiters ...N) bool {
	if len(waiters) == 0 {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.reaches(target, waiters, nil) {
		return false
	}
	if g.waits == nil {
		g.waits = make(map[N][]N)
	}
	for _, w := range waiters {
		g.waits[w] = append(g.waits[w], target)
	}
	return true
}

// Remove removes what one Add that returned true has added.
func (g *Graph[N]) Remove(target N, waiters ...N) {
	if len(waiters) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, w := range waiters {
		at := slices.Index(g.waits[w], target)
		g.waits[w] = slices.Delete(g.waits[w], at, at+1)
		if len(g.waits[w]) == 0 {
			delete(g.waits, w)
		}
	}
}

// Reaches reports whether the node is one of the goals, or waits for one of them directly
// or through others.
func (g *Graph[N]) Reaches(from N, goals ...N) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.reaches(from, goals, nil)
}

// reaches is Reaches. seen are the nodes visited before; nil: none. It needs mu held.
func (g *Graph[N]) reaches(from N, goals []N, seen map[N]bool) bool {
	if slices.Contains(goals, from) {
		return true
	}
	next := g.waits[from]
	if len(next) == 0 || seen[from] {
		return false
	}
	if seen == nil {
		seen = make(map[N]bool)
	}
	seen[from] = true
	return slices.ContainsFunc(next, func(n N) bool { return g.reaches(n, goals, seen) })
}
