package driver

import (
	"context"
	"errors"
	"sync"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// EnvelopeBytes is about how long an envelope gets, unless one event is longer.
const EnvelopeBytes = 256 << 10

// eventBytes is what an event takes in an envelope at most, beside its payload.
const eventBytes = 30

// Poster stores events for daemons wherever these are. While an envelope for a daemon is on its way, what
// is posted meanwhile is collected, and the next envelope has it.
type Poster struct {
	names  link.Names
	server Server
	self   wire.ID // the counter isn't used
	most   int64   // bytes that may wait for a daemon

	mu     sync.Mutex // guards the map
	queues map[uint64]*queue
}

// NewPoster returns a poster. most is waiting_max_bytes: how much of what this node has posted may wait for
// one daemon.
func NewPoster(names link.Names, server Server, node, instance uint64, most int64) *Poster {
	return &Poster{names: names, server: server, self: wire.ID{Node: node, Instance: instance}, most: most, queues: map[uint64]*queue{}}
}

// queue is what waits to be stored for one daemon.
type queue struct {
	poster *Poster
	id     uint64

	mu      sync.Mutex // guards what follows
	posts   []*post
	running bool
	stored  uint64 // sequence of the last envelope that is known to be stored

	// Only the goroutine uses what follows.
	counter uint64
	ledger  []ledgerLine // envelopes that may wait, ascending
	waiting int64        // bytes of them
	asked   time.Time
}

// post is one call of Post.
type post struct {
	events   []event.Event
	taken    int // how many are in envelopes
	accepted int // how many are stored
	until    time.Time
	err      *fault.Error
	done     chan struct{}
}

// Post stores events in order and returns how many are stored. limit is how long it waits for the servers.
// Errors: invalid_argument (an event is too long for the servers), queue_full (too much waits for the daemon,
// or the servers are full), mesh_unavailable (the servers can't be reached; what is said to be
// stored is exact), timeout (it isn't known whether more is stored than that: post the same again).
func (p *Poster) Post(id uint64, events []event.Event, limit time.Duration) (int, *fault.Error) {
	if len(events) == 0 {
		return 0, nil
	}
	most := link.MaxPayload(p.server.MaxData())
	for i := range events {
		if len(events[i].Payload) > most {
			return 0, fault.New(fault.InvalidArgument, "the payload of event %d has %d bytes, and the servers of the mesh take at most %d", i, len(events[i].Payload), most)
		}
	}
	q := p.queue(id)
	k := &post{events: events, until: time.Now().Add(limit), done: make(chan struct{})}
	q.mu.Lock()
	q.posts = append(q.posts, k)
	if !q.running {
		q.running = true
		go q.run() // ends when nothing waits
	}
	q.mu.Unlock()
	<-k.done
	return k.accepted, k.err
}

// Stored returns the sequence of the last message that this node has stored for a daemon; 0: none.
func (p *Poster) Stored(id uint64) uint64 {
	p.mu.Lock()
	q := p.queues[id]
	p.mu.Unlock()
	if q == nil {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stored
}

func (p *Poster) queue(id uint64) *queue {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.queues[id]
	if q == nil {
		q = &queue{poster: p, id: id}
		p.queues[id] = q
	}
	return q
}

func (q *queue) run() {
	var data []byte
	for {
		arena, parts, until := q.collect()
		if arena == nil {
			return
		}
		q.counter++
		id := q.poster.self
		id.Counter = q.counter
		data = wire.AppendEnvelope(data[:0], id, arena.Batch())
		err := q.room(int64(len(data)), until)
		if err == nil {
			err = q.store(data, until)
		} else {
			q.counter-- // nothing was sent under it
		}
		arena.Free()
		if err != nil {
			data = nil // it may still be on its way
		}
		q.settle(parts, err)
		if cap(data) > 2*EnvelopeBytes {
			data = nil
		}
	}
}

// part is the events of one post that are in an envelope.
type part struct {
	post   *post
	events int
}

// collect takes what is put into the next envelope; nil: nothing waits, and the goroutine ends.
func (q *queue) collect() (*event.Arena, []part, time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.posts) == 0 {
		q.running = false
		q.posts = nil
		return nil, nil, time.Time{}
	}
	arena := event.NewArena(64, 4096)
	var parts []part
	size := 0
	until := q.posts[0].until
	for _, k := range q.posts {
		from := k.taken
		for k.taken < len(k.events) {
			e := &k.events[k.taken]
			size += len(e.Payload) + eventBytes
			if size > EnvelopeBytes && (k.taken > from || len(parts) > 0) {
				break
			}
			arena.Add(e)
			k.taken++
		}
		if k.taken > from {
			parts = append(parts, part{k, k.taken - from})
		}
		if k.taken < len(k.events) || size > EnvelopeBytes {
			break
		}
	}
	return arena, parts, until
}

// settle tells the posts of an envelope what came of it.
func (q *queue) settle(parts []part, err *fault.Error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range parts {
		if err == nil {
			p.post.accepted += p.events
		} else {
			p.post.err = err
		}
	}
	// Posts end in order, and only the last one of an envelope may go on with another.
	for len(q.posts) > 0 {
		k := q.posts[0]
		if k.err == nil && k.accepted < len(k.events) {
			return
		}
		close(k.done)
		q.posts[0] = nil
		q.posts = q.posts[1:]
	}
}

// store stores an envelope. What it can't know, it tries again until the time is over: the same bytes, so that
// the daemon sees it once.
func (q *queue) store(data []byte, until time.Time) *fault.Error {
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	doubt := false
	for {
		try, end := context.WithTimeout(ctx, max(time.Until(until)/2, 100*time.Millisecond))
		sequence, err := q.poster.server.Store(try, q.poster.names.In(q.id), data, link.Storing{})
		end()
		switch {
		case err == nil:
			q.mu.Lock()
			q.stored = max(q.stored, sequence)
			q.mu.Unlock()
			q.note(int64(len(data)))
			return nil
		case errors.Is(err, link.ErrDoubt):
			doubt = true
		case errors.Is(err, link.ErrDown):
		case !doubt:
			return link.Fault(err, "the events were not stored")
		}
		if ctx.Err() == nil {
			_ = q.poster.server.Wait(ctx) // an error: the time is over, or the next try tells
		}
		if ctx.Err() != nil || !clock.Sleep(ctx, 5*time.Millisecond) {
			if doubt {
				q.note(int64(len(data)))
				return fault.New(fault.Timeout, "the servers of the mesh have not said in time whether the events are stored: post the same again")
			}
			return link.Fault(err, "the events were not stored")
		}
	}
}
