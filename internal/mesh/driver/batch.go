package driver

import (
	"netmeshos/internal/event"
	"netmeshos/internal/mesh/dedup"
	"netmeshos/internal/mesh/wire"
)

// batch is what a daemon is to process next. It is made without any change to the driver, so
// that what isn't processed comes again.
type batch struct {
	in      event.Batch
	from    []origin
	ends    []end // how far each source has been looked at
	noted   dedup.Batch
	posters dedup.Batch
	failing bool   // it is one event that has failed before
	barrier uint64 // the last message of the inbox that it may have; 0: none is
}

// origin says where an event of the batch comes from.
type origin struct {
	source *source
	chunk  int // in the source's queue
	index  uint32
}

type end struct {
	source *source
	chunk  int
	index  uint32 // the next event in that chunk; 0 with the chunk after the last one
}

// gather fills the batch with up to so many events that are no repetitions.
func (d *Driver) gather(most int) *batch {
	b := d.batch
	b.in.Metas, b.in.Bytes, b.from, b.ends, b.failing = b.in.Metas[:0], b.in.Bytes[:0], b.from[:0], b.ends[:0], false
	b.noted.Clear()
	b.posters.Clear()
	b.barrier = d.barrier()
	if d.failing.next && d.open.events == 0 {
		for _, s := range d.sources {
			if d.failing.of(s) {
				d.gatherFrom(s, 1)
			}
		}
		d.failing.next = false
		return b
	}
	for i := range d.sources {
		// Who is first takes turns, so that no source waits for another forever.
		s := d.sources[(i+d.turns)%len(d.sources)]
		if d.lag.behind != 0 && !s.round {
			continue // else a ring of daemons would wait for itself
		}
		d.gatherFrom(s, most)
		if b.failing || len(b.from) >= most {
			break
		}
	}
	d.turns++
	return b
}

func (d *Driver) gatherFrom(s *source, most int) {
	b := d.batch
	e := end{source: s}
	for e.chunk < len(s.queue) {
		c := &s.queue[e.chunk]
		index := c.index
		if s.inbox && b.barrier > 0 && c.sequence > b.barrier {
			break
		}
		if c.envelope && (d.posters.Seen(c.poster.Instance, c.poster.Counter) || b.posters.Repeats(c.poster.Instance, c.poster.Counter)) {
			e.chunk++ // it was stored twice
			continue
		}
		for ; int(index) < c.events.Len(); index++ {
			if len(b.from) >= most || b.failing {
				b.ends = append(b.ends, end{s, e.chunk, index})
				return
			}
			m := &c.events.Metas[index]
			if d.windows.Seen(m.Origin, m.Sequence) || b.noted.Repeats(m.Origin, m.Sequence) {
				continue
			}
			if d.failing.is(s, c.sequence, index) {
				if len(b.from) > 0 || d.open.events > 0 { // alone, and after a commit
					b.ends = append(b.ends, end{s, e.chunk, index})
					d.failing.next = true
					return
				}
				b.failing = true
			}
			b.from = append(b.from, origin{s, e.chunk, index})
			b.in.Metas = append(b.in.Metas, event.Meta{Origin: m.Origin, Sequence: m.Sequence, Offset: uint64(len(b.in.Bytes)), Length: m.Length})
			b.in.Bytes = append(b.in.Bytes, c.events.Bytes[m.Offset:m.Offset+m.Length]...)
		}
		e.chunk++
	}
	b.ends = append(b.ends, e)
}

// processed moves the sources on behind so many events of the batch, and remembers these.
func (d *Driver) processed(b *batch, handled int) {
	for i := range handled {
		m := &b.in.Metas[i]
		d.windows.Add(m.Origin, m.Sequence)
	}
	if handled == len(b.from) {
		for _, e := range b.ends {
			d.moveTo(e)
		}
		return
	}
	for i := range handled {
		// The last one of each source counts. Chunks are not taken out here, so that the
		// numbers of the others stay right.
		if i+1 == handled || b.from[i+1].source != b.from[i].source {
			d.moveTo(end{b.from[i].source, b.from[i].chunk, b.from[i].index + 1})
		}
	}
}

// moveTo moves a source on.
func (d *Driver) moveTo(e end) {
	s := e.source
	for i := range e.chunk {
		d.passed(s, &s.queue[i])
	}
	s.queue = s.queue[e.chunk:]
	if e.index > 0 {
		c := &s.queue[0]
		c.index = e.index
		if int(e.index) < c.events.Len() {
			s.done = wire.Position{Producer: s.id, Sequence: c.sequence, Index: e.index}
			return
		}
		d.passed(s, c)
		s.queue = s.queue[1:]
	}
	if len(s.queue) == 0 {
		s.queue = nil
	}
}

// passed notes that all of a message has been processed.
func (d *Driver) passed(s *source, c *chunk) {
	if c.envelope {
		d.posters.Add(c.poster.Instance, c.poster.Counter)
	}
	s.done = wire.Position{Producer: s.id, Sequence: c.sequence, Index: wire.Whole}
	if s.inbox || c.events.Len() > 0 { // who has emitted them may wait for a commit of that
		d.open.passed = true
	}
}

// failure is the event at which the daemon had to be put back.
type failure struct {
	producer uint64
	inbox    bool
	sequence uint64
	index    uint32
	attempts int
	next     bool // nothing but this event can be processed before a commit
}

func (f *failure) is(s *source, sequence uint64, index uint32) bool {
	return f.of(s) && f.sequence == sequence && f.index == index
}

func (f *failure) of(s *source) bool {
	return f.attempts > 0 && f.inbox == s.inbox && (f.inbox || f.producer == s.id)
}
