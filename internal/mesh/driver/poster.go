package driver

import (
	"sync"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/wire"
)

// EnvelopeBytes is about how long an envelope gets, unless one event is longer or the servers take less.
const EnvelopeBytes = 256 << 10

// eventBytes is what an event takes in an envelope at most, beside its payload.
const eventBytes = 30

// mostFlying is how many envelopes for one daemon are on their way at a time. Only full ones are sent while another is:
// fewer and longer ones cost everybody less. Posts of the same host thread are never in two of them, as a post ends when
// it is stored, and a post that fills several stores them one after the other: so whatever order they are stored in,
// events that must keep theirs do.
const mostFlying = 4

// Poster stores events for daemons wherever these are. While envelopes for a daemon are on their way, what is
// posted meanwhile is collected, and the next envelope has it.
type Poster struct {
	names  link.Names
	server Server
	self   wire.ID // the counter isn't used
	most   int64   // bytes that may wait for a daemon
	*sharing

	mu     sync.RWMutex // guards the map
	queues map[uint64]*queue
}

// NewPoster returns a poster. most is waiting_max_bytes: how much of what was posted may wait for one daemon. Without
// Share it counts only what it has posted itself.
func NewPoster(names link.Names, server Server, node, instance uint64, most int64) *Poster {
	return &Poster{names: names, server: server, self: wire.ID{Node: node, Instance: instance}, most: most, sharing: newSharing(), queues: map[uint64]*queue{}}
}

// queue is what waits to be stored for one daemon.
type queue struct {
	poster  *Poster
	id      uint64
	subject string

	mu      sync.Mutex // guards what follows
	posts   []*post    // those with events that are in no envelope yet
	bytes   int        // that these take in envelopes, at most
	flying  int        // envelopes on their way
	stored  uint64     // sequence of the last envelope that is known to be stored
	counter uint64     // of envelopes
	company company
	ledger  ledger

	adjusting sync.Mutex // taken before mu: one at a time asks the servers
}

// post is one call of Post.
type post struct {
	events   []event.Event
	bytes    int  // that those in no envelope take there, at most
	taken    int  // how many are in envelopes
	accepted int  // how many are stored
	divided  bool // an envelope with the first of them is on its way, and others are left
	until    time.Time
	done     func(accepted int, err *fault.Error)
}

var posts = sync.Pool{New: func() any { return new(post) }}

// Post stores events in order and returns how many are stored. limit is how long it waits for the servers.
// Errors: invalid_argument (an event is too long for the servers), queue_full (too much waits for the daemon,
// or the servers are full), mesh_unavailable (the servers can't be reached; what is said to be
// stored is exact), timeout (it isn't known whether more is stored than that: post the same again).
func (p *Poster) Post(id uint64, events []event.Event, limit time.Duration) (int, *fault.Error) {
	return meshed.Wait(func(done func(int, *fault.Error)) { p.Begin(id, events, limit, done) })
}

// Begin is Post without waiting: done is called once, on any goroutine, maybe before Begin returns. Until then the events must
// stay as they are. done must not block.
func (p *Poster) Begin(id uint64, events []event.Event, limit time.Duration, done func(accepted int, err *fault.Error)) {
	if len(events) == 0 {
		done(0, nil)
		return
	}
	most := link.MaxPayload(p.server.MaxData())
	bytes := 0
	for i := range events {
		if length := len(events[i].Payload); length > most {
			done(0, fault.New(fault.InvalidArgument, "the payload of event %d has %d bytes, and the servers of the mesh take at most %d", i, length, most))
			return
		}
		bytes += len(events[i].Payload) + eventBytes
	}
	k := posts.Get().(*post)
	*k = post{events: events, bytes: bytes, until: time.Now().Add(limit), done: done}
	q := p.queue(id)
	q.mu.Lock()
	q.posts = append(q.posts, k)
	q.bytes += k.bytes
	q.mu.Unlock()
	q.send()
}

// end tells who has posted what came of it.
func (k *post) end(err *fault.Error) {
	done, accepted := k.done, k.accepted
	*k = post{}
	posts.Put(k)
	done(accepted, err)
}

// Stored returns the sequence of the last message that this node has stored for a daemon; 0: none.
func (p *Poster) Stored(id uint64) uint64 {
	q := p.known(id)
	if q == nil {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stored
}

// IsIdle reports whether nothing of what was posted for a daemon is still to be stored.
func (p *Poster) IsIdle(id uint64) bool {
	q := p.known(id)
	if q == nil {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.isIdle()
}

// isIdle needs mu.
func (q *queue) isIdle() bool { return q.flying == 0 && len(q.posts) == 0 }

// known returns the queue of a daemon; nil: nothing was posted for it.
func (p *Poster) known(id uint64) *queue {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.queues[id]
}

func (p *Poster) queue(id uint64) *queue {
	q := p.known(id)
	if q != nil {
		return q
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if q = p.queues[id]; q == nil {
		q = &queue{poster: p, id: id, subject: p.names.In(id)}
		p.queues[id] = q
	}
	return q
}

// send has what waits stored, as far as not enough is on its way already.
func (q *queue) send() {
	for {
		q.mu.Lock()
		e := q.collect()
		q.mu.Unlock()
		if e == nil {
			return
		}
		e.start()
	}
}

// longest is how long an envelope gets.
func (p *Poster) longest() int { return min(EnvelopeBytes, link.MaxPayload(p.server.MaxData())) }

// collect takes what is put into the next envelope; nil: nothing, now. It needs mu.
func (q *queue) collect() *envelope {
	longest := q.poster.longest()
	full := q.bytes >= longest
	if len(q.posts) == 0 || q.posts[0].divided || q.flying > 0 && !full || q.flying >= mostFlying {
		return nil
	}
	if now := time.Now(); !full && q.company.awaited(len(q.posts), now, q.late) {
		return nil
	}
	e := envelopes.Get().(*envelope)
	e.queue, e.until = q, q.posts[0].until
	size, whole := 0, 0
	for _, k := range q.posts {
		if size > 0 && size+k.bytes > longest {
			break // a post that needn't be is not divided
		}
		from := k.taken
		for k.taken < len(k.events) {
			next := len(k.events[k.taken].Payload) + eventBytes
			if size+next > longest && size > 0 {
				break
			}
			size += next
			k.bytes -= next
			k.taken++
		}
		if k.taken > from {
			e.parts = append(e.parts, part{k, k.taken - from})
			e.lists = append(e.lists, k.events[from:k.taken])
		}
		if k.taken < len(k.events) {
			k.divided = k.taken > from
			break
		}
		whole++
	}
	e.size = size
	q.bytes -= size
	clear(q.posts[:whole])
	if q.posts = q.posts[whole:]; len(q.posts) == 0 {
		q.posts = nil
	}
	q.flying++
	e.began = time.Now()
	return e
}

// late sends what waits although it has no company.
func (q *queue) late() {
	q.mu.Lock()
	q.company.most = 0
	q.mu.Unlock()
	q.send()
}

// number returns the number of the next envelope that is sent. One that isn't has none, as windows without holes are
// short.
func (q *queue) number() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.counter++
	return q.counter
}

// settle tells the posts of an envelope what came of it.
func (q *queue) settle(e *envelope, sequence uint64, err *fault.Error) {
	q.mu.Lock()
	q.flying--
	if err == nil {
		q.stored = max(q.stored, sequence)
		q.note(e.counter, int64(len(e.data)))
	}
	ended := e.parts[:0]
	for _, p := range e.parts {
		k := p.post
		k.divided = false
		if err == nil {
			k.accepted += p.events
		} else if len(q.posts) > 0 && q.posts[0] == k {
			q.posts = q.posts[1:]
			q.bytes -= k.bytes
		}
		if err != nil || k.accepted == len(k.events) {
			ended = append(ended, p)
		}
	}
	q.company.settled(len(ended)+len(q.posts), e.began, time.Now())
	q.mu.Unlock()
	for _, p := range ended {
		p.post.end(err)
	}
}
