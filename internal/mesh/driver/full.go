package driver

import (
	"errors"
	"sync"
	"time"

	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
)

// Servers without room refuse posts until what was processed is purged. A node that is refused tells all others, and the owners
// of daemons purge at once what they would have purged later.

// hurried is how long an owner waits at least between two purges while the servers have no room, and a node before it
// says so again.
const hurried = time.Second

// full is the notice that the servers have no room.
func full(names link.Names) string { return names.Do(0, "full") }

// alarm tells the nodes of the mesh that the servers have no room, but not more often than they purge.
type alarm struct {
	mu   sync.Mutex
	told time.Time
}

// due reports whether the nodes are to be told now, and takes it for done.
func (a *alarm) due(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.told.IsZero() && now.Sub(a.told) < hurried {
		return false
	}
	a.told = now
	return true
}

// refused takes note of what the servers have answered to a post. It doesn't block.
func (p *Poster) refused(err error) {
	if p.alone || !errors.Is(err, link.ErrFull) || !p.alarm.due(time.Now()) || !p.begins() {
		return
	}
	go func() { // ends with the request
		defer p.running.Done()
		_ = p.server.Publish(full(p.names), nil) // the next refusal tells it again
	}()
}

// hurry has all daemons that this node runs purge what they have committed, whichever stream they are in: that may be
// outputs of another.
func (s *Set) hurry() {
	for _, d := range s.all() {
		d.mu.Lock()
		if d.machine.Phase() == ownership.Owner {
			d.hurries.Store(true)
			d.wakeLocked()
		}
		d.mu.Unlock()
	}
}

// refused takes note of what the servers have answered to a commit: where they have no room even for that, what was
// committed before makes some.
func (d *Driver) refused(err error) {
	if !errors.Is(err, link.ErrFull) {
		return
	}
	if d.set.alarm.due(time.Now()) {
		_ = d.set.options.Server.Publish(full(d.set.options.Names), nil)
	}
	d.mu.Lock()
	owner := d.machine.Phase() == ownership.Owner
	d.mu.Unlock()
	if owner {
		d.hurries.Store(true)
		d.tidyUp(time.Now())
	}
}
