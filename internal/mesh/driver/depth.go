package driver

import (
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// depth is how many events of a source wait, as far as this node has seen them: those of a
// backlog count once they are read. It is guarded by the driver's mu.
type depth struct {
	queued  int    // in the queue
	live    int    // in messages that came by themselves
	unread  int    // in messages that came by themselves, had no room, and are read later
	through uint64 // the last of those
	last    uint64 // the last message that was put into the queue
}

func (p *depth) events() int { return p.queued + p.live + p.unread }

// fresh returns how many events a message has that are not in the queue already.
func (p *depth) fresh(m link.Message) int {
	if m.Sequence <= p.last {
		return 0
	}
	return wire.Events(m.Data)
}

// skip counts a message that had no room.
func (p *depth) skip(m link.Message) int {
	n := p.fresh(m)
	p.unread += n
	p.through = max(p.through, m.Sequence)
	return n
}

// read takes note that a message was put into the queue. It may be one of those that had no room.
func (p *depth) read(sequence uint64, events int) {
	p.last = sequence
	switch {
	case sequence >= p.through:
		p.unread = 0
	default:
		p.unread = max(0, p.unread-events)
	}
}

// wait changes how many events wait for the daemon. It needs mu held.
func (d *Driver) wait(change int) {
	if change != 0 {
		d.waiting += change
		d.daemon.Waits(change)
	}
}

// measure counts anew what waits. Only the driver's goroutine may call it.
func (d *Driver) measure() {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := 0
	for _, s := range d.sources {
		s.depth.queued, s.depth.live = 0, 0
		for _, m := range s.live {
			s.depth.live += s.depth.fresh(m)
		}
		for i := range s.queue {
			s.depth.queued += s.queue[i].events.Len() - int(s.queue[i].index)
		}
		all += s.depth.events()
	}
	d.wait(all - d.waiting)
}
