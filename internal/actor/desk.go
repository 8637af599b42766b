package actor

import (
	"sync"
	"time"

	"go.uber.org/atomic"
)

// Desk is where the holder of a host's token works: what the daemon is to do
// and what became of it stand here, so that handing it over and back costs no
// allocation.
type Desk struct {
	Order Order
	Done  Processed
	Work  any // the callbacks' own, kept from one holder to the next

	number uint64
	host   atomic.Pointer[Host] // who holds the desk, or held it last
}

// handyDesks is how many free desks can be had without a lock.
const handyDesks = 16

// desks are all desks of the process, as many as tokens have ever been held at
// one time. Looking for callbacks that run too long means looking at them, and
// so touches no host that is at rest.
var desks struct {
	all atomic.Pointer[[]*Desk] // by number - 1; what is in the list stays

	// Numbers of free desks that can be had without a lock; 0: none. Numbers,
	// because swapping pointers costs calls that swapping numbers doesn't.
	handy [handyDesks]struct {
		atomic.Uint64
		_ [56]byte // a cache line each
	}

	mu   sync.Mutex // guards what follows, and writes to all
	free []*Desk
}

func takeDesk(h *Host) *Desk {
	d := handyDesk(h)
	if d == nil {
		d = spareDesk()
	}
	if d.host.Load() != h {
		d.host.Store(h)
	}
	return d
}

func handyDesk(h *Host) *Desk {
	if number := desks.handy[h.id%handyDesks].Swap(0); number != 0 {
		return (*desks.all.Load())[number-1]
	}
	return nil
}

func spareDesk() *Desk {
	desks.mu.Lock()
	defer desks.mu.Unlock()
	if n := len(desks.free); n > 0 {
		d := desks.free[n-1]
		desks.free = desks.free[:n-1]
		return d
	}
	all := allDesks()
	d := &Desk{number: uint64(len(all) + 1)}
	all = append(all, d)
	desks.all.Store(&all)
	return d
}

func allDesks() []*Desk {
	if all := desks.all.Load(); all != nil {
		return *all
	}
	return nil
}

// giveDesk takes a desk back. last says that its holder won't come again, and
// need not be remembered.
func giveDesk(h *Host, d *Desk, last bool) {
	if last {
		d.host.Store(nil)
	}
	if desks.handy[h.id%handyDesks].CompareAndSwap(0, d.number) {
		return
	}
	desks.mu.Lock()
	defer desks.mu.Unlock()
	desks.free = append(desks.free, d)
}

// Running returns the names of at most so many hosts of the environment whose
// callbacks run.
func (e *Env) Running(most int) []string {
	var names []string
	for _, d := range allDesks() {
		if h := d.host.Load(); len(names) < most && h != nil && h.env == e && h.began.Load() != 0 {
			names = append(names, h.name)
		}
	}
	return names
}

// Overdue calls late for each host of the environment whose callback has run
// for limit or more and that has not been named so for this callback before.
func (e *Env) Overdue(now time.Time, limit time.Duration, late func(h *Host, running time.Duration)) {
	for _, d := range allDesks() {
		h := d.host.Load()
		if h == nil || h.env != e {
			continue
		}
		if running, is := h.turnOverdue(now, limit); is {
			late(h, running)
		}
	}
}
