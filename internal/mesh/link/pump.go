//go:build mesh

package link

import (
	"sync"

	"github.com/nats-io/nats.go"
)

// pump takes messages from the client at once, so that it drops none, and keeps them until the reader takes
// them. It keeps so many bytes; what is above that it drops, and tells which subjects have lost some after the last
// one that was lost: a notice before it would not make the reader look again.
type pump struct {
	names Names
	in    chan *nats.Msg // the client's side
	into  chan<- Message
	limit int // of bytes

	// Of the pump's goroutine.
	queue []Message
	bytes int
	lost  map[string]struct{} // subjects whose messages were dropped
	every bool                // a notice for all subjects is due

	mu       sync.Mutex                      // guards what follows
	due      bool                            // as every, of others
	suspects map[*nats.Subscription]struct{} // the client has dropped messages of them
	told     map[*nats.Subscription]int      // how many of them the reader has been told of

	wake  chan struct{}
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once
}

const (
	pumpSlots = 8192     // between the client and the pump
	pumpBytes = 32 << 20 // for a reader that is slow
	// What a message costs beside its data. With it a number of empty messages is bounded too.
	messageCost = 512
	// Of more subjects than this a single notice for all is cheaper.
	mostLost = 1024
)

// newPump starts the goroutine, which ends with end.
func newPump(names Names, into chan<- Message) *pump {
	p := &pump{
		names: names, in: make(chan *nats.Msg, pumpSlots), into: into, limit: pumpBytes,
		lost: map[string]struct{}{}, suspects: map[*nats.Subscription]struct{}{}, told: map[*nats.Subscription]int{},
		wake: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{}),
	}
	go p.run()
	return p
}

func (p *pump) run() {
	defer close(p.ended)
	for {
		var into chan<- Message
		var head Message
		if len(p.queue) > 0 {
			into, head = p.into, p.queue[0]
		}
		select {
		case m := <-p.in:
			p.take(m)
		case into <- head:
			p.drop()
		case <-p.wake:
		case <-p.quit:
			return
		}
		if len(p.in) == 0 {
			p.look()
		}
		p.tell()
	}
}

// take keeps a message, or notes that it is lost.
func (p *pump) take(m *nats.Msg) {
	r := message(m)
	if r.Sequence == 0 {
		r.Subject = p.names.Stored(r.Subject)
	}
	p.trust(m.Sub)
	if p.bytes+cost(r) > p.limit && len(p.queue) > 0 {
		if len(p.lost) < mostLost {
			p.lost[r.Subject] = struct{}{}
		} else {
			p.every = true
		}
		return
	}
	p.push(r)
}

func cost(m Message) int { return len(m.Data) + messageCost }

func (p *pump) push(m Message) {
	p.bytes += cost(m)
	p.queue = append(p.queue, m)
}

// drop removes the first message, which the reader has.
func (p *pump) drop() {
	p.bytes -= cost(p.queue[0])
	p.queue[0] = Message{}
	p.queue = p.queue[1:]
	if len(p.queue) == 0 {
		p.queue = nil // or its array would only grow
	}
}

// tell gives notice of what is lost, once there is so much room that nothing more is lost soon.
func (p *pump) tell() {
	if (!p.every && len(p.lost) == 0) || p.bytes > p.limit/2 {
		return
	}
	if p.every {
		p.push(Message{Gap: true})
	} else {
		for subject := range p.lost {
			p.push(Message{Subject: subject, Gap: true})
		}
	}
	p.every = false
	clear(p.lost)
}

// look notes what others have found. It runs whenever everything has been taken from the client: the client
// tells only once that a subscription loses messages, until one gets through again, and it loses them only while
// the channel is full.
func (p *pump) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.every = p.every || p.due
	p.due = false
	for sub := range p.suspects {
		p.count(sub)
	}
}

// trust takes a subscription whose messages get through off the suspects. If the client drops more, it says
// so again. Forgetting comes before counting, so that what is dropped meanwhile is noticed either way.
func (p *pump) trust(sub *nats.Subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.suspects[sub]; ok {
		delete(p.suspects, sub)
		if p.count(sub) {
			p.suspects[sub] = struct{}{}
		}
	}
}

// count notes a loss if the client has dropped more than the reader has been told of. Needs mu.
func (p *pump) count(sub *nats.Subscription) bool {
	dropped, err := sub.Dropped()
	if err != nil || dropped == p.told[sub] {
		return false
	}
	p.told[sub] = dropped
	p.lost[p.names.Stored(sub.Subject)] = struct{}{}
	return true
}

// suspect notes that the client drops messages of a subscription.
func (p *pump) suspect(sub *nats.Subscription) {
	p.mu.Lock()
	p.suspects[sub] = struct{}{}
	p.mu.Unlock()
	p.awake()
}

// forget drops what is known about a subscription that ends.
func (p *pump) forget(sub *nats.Subscription) {
	p.mu.Lock()
	delete(p.suspects, sub)
	delete(p.told, sub)
	p.mu.Unlock()
}

// gap makes a notice for all subjects due.
func (p *pump) gap() {
	p.mu.Lock()
	p.due = true
	p.mu.Unlock()
	p.awake()
}

func (p *pump) awake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pump) end() {
	p.once.Do(func() { close(p.quit) })
	<-p.ended
}
