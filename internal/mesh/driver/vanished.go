package driver

import (
	"time"

	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

// Somebody may delete the stream with a daemon's log. The node that owns the daemon and holds its lease has all that the log
// would tell: it stores that again, as the first record of a new log, so that only what was stored and not processed, or not
// read, is lost.

// isGone reports whether the log that this node has written is gone, and may be begun anew here.
func (d *Driver) isGone(f *found) bool {
	return !f.there && f.end == 0 && d.last.sequence > 0 && d.set.options.Held()
}

// beginAnew has the next commit be the first record of a new log.
func (d *Driver) beginAnew() {
	d.log(logs.Error, "the log of daemon %q is gone: its state is stored anew, and what was stored for it and not processed is lost", d.daemon.Name())
	if s := d.last.state; !d.daemon.HasSnapshot() && s.Form != wire.Inline {
		d.last.state = wire.Place{} // it was given, and nobody has it any more
	}
	d.last = lastRecord{state: d.last.state, answers: d.last.answers}
	if d.daemon.HasSnapshot() {
		d.last.state = wire.Place{}
	}
	d.seen, d.unseen = d.out-uint64(d.open.outputs.Len()), 0 //nolint:gosec // not negative
	d.lag, d.claimedOut = lag{}, d.out
	d.tidy.stop()
	d.tidy = tidy{last: time.Now()}
	d.open.passed, d.open.forced = true, true
	d.mu.Lock()
	d.base = 0
	d.mu.Unlock()
}

// again has the daemon committed once more, if this node owns it: its log may be gone.
func (d *Driver) recommit() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.machine.Phase() == ownership.Owner {
		d.again, d.renew = true, true
		d.wakeLocked()
	}
}

// renews takes note of recommit.
func (d *Driver) renews() {
	d.mu.Lock()
	renew := d.renew
	d.renew = false
	d.mu.Unlock()
	if renew {
		d.open.passed, d.open.forced, d.last.summed = true, true, false
	}
}

// Remade says that a stream with events is there anew. Nodes that have missed it tell the others, some of which have nothing to
// store.
func (s *Set) Remade(stream string) {
	s.recommit(stream)
	for k := range s.options.Names.Streams {
		if s.options.Names.Stream(k) == stream {
			_ = s.options.Server.Publish(remade(s.options.Names, uint64(k)), nil) //nolint:gosec // not negative
		}
	}
}

// recommit has each daemon of this node committed whose log was in a stream.
func (s *Set) recommit(stream string) {
	for _, d := range s.all() {
		if s.options.Names.StreamOf(d.id) == stream {
			d.recommit()
		}
	}
}

// remade is the notice that a stream with events is there anew.
func remade(names link.Names, k uint64) string { return names.Do(k, "remade") }
