package actor

import (
	"slices"
	"sync"
)

// waits knows which host can't go on before which others do: one of its
// callbacks waits for them, or its outputs don't fit into their inboxes. A new
// edge that would close a circle is refused, so nobody ever waits for itself.
// It is one for the process because a callback may use a daemon of another SDK.
var waits = struct {
	sync.Mutex
	on map[*Host][]*Host
}{on: make(map[*Host][]*Host)}

// enterWait notes that the waiters wait for target. False: that would close a
// circle, and nothing is noted.
func enterWait(target *Host, waiters ...*Host) bool {
	if len(waiters) == 0 {
		return true
	}
	waits.Lock()
	defer waits.Unlock()
	if leadsTo(target, waiters, make(map[*Host]bool)) {
		return false
	}
	for _, w := range waiters {
		waits.on[w] = append(waits.on[w], target)
	}
	return true
}

// WaitsFor reports whether the host can't go on before one of the others does,
// over any number of steps: to wait for it from inside them would be for ever.
func (h *Host) WaitsFor(others ...*Host) bool {
	waits.Lock()
	defer waits.Unlock()
	return leadsTo(h, others, make(map[*Host]bool))
}

// leadsTo reports whether one of the goals is from, or waited for by it over
// any number of steps.
func leadsTo(from *Host, goals []*Host, seen map[*Host]bool) bool {
	if slices.Contains(goals, from) {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, next := range waits.on[from] {
		if leadsTo(next, goals, seen) {
			return true
		}
	}
	return false
}

// leaveWait takes back one enterWait that returned true.
func leaveWait(target *Host, waiters ...*Host) {
	if len(waiters) == 0 {
		return
	}
	waits.Lock()
	defer waits.Unlock()
	for _, w := range waiters {
		at := slices.Index(waits.on[w], target)
		waits.on[w] = slices.Delete(waits.on[w], at, at+1)
		if len(waits.on[w]) == 0 {
			delete(waits.on, w)
		}
	}
}
