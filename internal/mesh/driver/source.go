package driver

import (
	"fmt"

	"netmeshos/internal/event"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// Bounds of what a source keeps in memory.
const (
	mostLive   = 256     // messages that have come and weren't looked at
	mostBytes  = 4 << 20 // of them
	readAtOnce = 64      // messages
)

// source is where events of one daemon come from: its inbox, or the log of a daemon whose outputs
// it has subscribed to. Messages come by themselves, one after the other; what is missing in
// between is read.
type source struct {
	id      uint64 // whose subject it is
	inbox   bool
	stream  string
	subject string
	done    wire.Position // processed, committed or not
	sure    wire.Position // committed
	told    uint64        // up to where the subscription says that it has been read
	round   bool          // what comes from there depends on the subscriber that the daemon waits for

	// Guarded by the driver's mu.
	live   []link.Message
	bytes  int
	behind bool // there may be messages that are not in live
	depth  depth

	// Only the driver's goroutine uses what follows.
	queue []chunk // what comes after done, in order
	later later
	last  uint64 // the last message that is in the queue or was passed
	until uint64 // there is a message up to here
}

// chunk is the events of one message.
type chunk struct {
	sequence uint64
	poster   wire.ID
	envelope bool
	events   event.Batch
	index    uint32 // events before this one have been processed
	size     int
}

func newSource(names link.Names, id uint64, inbox bool, at wire.Position) *source {
	s := &source{id: id, inbox: inbox, stream: names.StreamOf(id), subject: names.Log(id), done: at, sure: at, behind: true}
	if inbox {
		s.subject = names.In(id)
	}
	s.last = at.Sequence
	if at.Index != wire.Whole && at.Sequence > 0 {
		s.last-- // the rest of that message is read again
	}
	return s
}

// arrive takes a message that has come by itself, and returns how many events it has. It needs the
// driver's mu.
func (s *source) arrive(m link.Message) int {
	if m.Gap || len(s.live) >= mostLive || s.bytes+len(m.Data) > mostBytes && len(s.live) > 0 {
		s.behind = true
		return s.depth.skip(m)
	}
	if m.Marker != "" {
		return 0
	}
	s.live = append(s.live, m)
	s.bytes += len(m.Data)
	return s.depth.fresh(m)
}

// key names the source among those of its daemon: the inbox is 0.
func (s *source) key() uint64 {
	if s.inbox {
		return 0
	}
	return s.id
}

// passed reports whether everything up to a message has been processed.
func (s *source) passed(sequence uint64) bool {
	return s.done.Sequence > sequence || s.done.Sequence == sequence && s.done.Index == wire.Whole || sequence == 0
}

// waiting reports whether there is something to read or process. It needs the driver's mu.
func (s *source) waiting() bool { return len(s.queue) > 0 || len(s.live) > 0 || s.behind }

// refill puts messages into the queue, unless enough are there. It asks the servers only if something is
// missing.
func (d *Driver) refill(s *source) error {
	size := 0
	for i := range s.queue {
		size += s.queue[i].size
	}
	if size > mostBytes/4 || len(s.queue) >= mostLive || s.later.isWaiting() {
		return nil
	}
	s.later.sequence = 0
	d.mu.Lock()
	live, behind := s.live, s.behind
	s.live, s.bytes = nil, 0
	d.mu.Unlock()
	for i, m := range live {
		if m.Sequence <= s.last {
			continue
		}
		if m.Last > s.last {
			s.until = max(s.until, m.Sequence)
			d.mu.Lock()
			s.live = append(live[i:len(live):len(live)], s.live...)
			for _, m := range live[i:] {
				s.bytes += len(m.Data)
			}
			d.mu.Unlock()
			return d.readMissing(s)
		}
		if err := d.enqueue(s, m); err != nil {
			d.mu.Lock()
			s.behind = true // it is read again
			d.mu.Unlock()
			return passLater(err)
		}
	}
	if behind || s.until > s.last {
		return d.readMissing(s)
	}
	return nil
}

// readMissing reads from the servers what comes after last.
func (d *Driver) readMissing(s *source) error {
	ctx, cancel := d.set.request()
	defer cancel()
	d.mu.Lock()
	behind := s.behind
	s.behind = false
	d.mu.Unlock()
	again := func(err error) error {
		if behind || err != nil {
			d.mu.Lock()
			s.behind = true
			d.mu.Unlock()
		}
		return passLater(err)
	}
	if behind { // the leader says how far: others may not have it yet
		last, err := d.set.options.Server.Last(ctx, s.subject)
		if err == nil {
			s.until = max(s.until, last.Sequence)
		} else if !none(err) {
			return again(err)
		}
	}
	if s.until <= s.last {
		return nil
	}
	messages, err := d.set.options.Server.Read(ctx, s.stream, []string{s.subject}, s.last+1, readAtOnce)
	if err != nil {
		return again(err)
	}
	for _, m := range messages {
		if m.Sequence <= s.last {
			continue
		}
		if err := d.enqueue(s, m); err != nil {
			return again(err)
		}
	}
	if len(messages) == 0 {
		// Purged, or not yet there where it was read.
		last, err := d.set.options.Server.Last(ctx, s.subject)
		if none(err) || err == nil && last.Sequence < s.until {
			s.until = s.last // nothing is there: someone has removed it
			return nil
		}
		if err == nil {
			err = fmt.Errorf("%s has no message after %d here, but its last one is %d", s.subject, s.last, last.Sequence)
		}
		return again(err)
	}
	return nil
}

// enqueue puts the next message into the queue. An error: it must be read again, because not all
// of it could be read. A message that isn't the mesh's is passed.
func (d *Driver) enqueue(s *source, m link.Message) error {
	c := chunk{sequence: m.Sequence, size: len(m.Data) + 64}
	if s.inbox {
		e, err := wire.ReadEnvelope(m.Data, nil)
		if isLater(err) {
			return d.waitAt(s, m, err)
		}
		if err != nil {
			d.set.foreigners.Note(s.id, s.subject, m.Sequence, err)
		}
		c.poster, c.events, c.envelope = e.ID, e.Events, err == nil
	} else {
		outputs, err := d.outputsOf(s.id, s.stream, m)
		if isLater(err) {
			return d.waitAt(s, m, err)
		}
		if err != nil {
			return err
		}
		c.events = outputs.Events
	}
	if m.Sequence == s.done.Sequence && s.done.Index != wire.Whole {
		c.index = s.done.Index
	}
	d.mu.Lock()
	s.depth.read(m.Sequence, c.events.Len())
	d.mu.Unlock()
	s.queue = append(s.queue, c)
	s.last = m.Sequence
	return nil
}

// outputsOf reads the outputs of a record, also where they are in pieces. A message that is no record has
// none.
func (d *Driver) outputsOf(producer uint64, stream string, m link.Message) (wire.Outputs, error) {
	record, err := wire.ReadRecord(m.Data)
	if isLater(err) {
		return wire.Outputs{}, err
	}
	if err != nil {
		d.set.foreigners.Note(producer, m.Subject, m.Sequence, err)
		return wire.Outputs{}, nil
	}
	block, err := d.fetch(stream, d.set.options.Names.Piece(producer), record.Outputs)
	if err != nil || block == nil {
		return wire.Outputs{}, err
	}
	outputs, err := wire.ReadOutputs(block, producer, record.First)
	if err != nil {
		d.set.foreigners.Note(producer, m.Subject, m.Sequence, err)
		return wire.Outputs{}, nil
	}
	return outputs, nil
}
