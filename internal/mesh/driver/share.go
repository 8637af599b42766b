package driver

import "context"

// sharing is how nodes share what may wait for a daemon.
type sharing struct {
	rooms *rooms // nil: nobody else posts
	alone bool   // nobody tells it of the others' rooms, and it has no allowance
	alarm *alarm // of the node
	background
}

func newSharing() *sharing {
	s := &sharing{alarm: new(alarm)}
	s.open()
	return s
}

// Share has a poster count what the other nodes of the mesh have posted, too. It is called before the first post.
func (s *sharing) Share(set *Set) { s.rooms, s.alarm = set.rooms, &set.alarm }

// ShareAlone is Share for a poster without a node, which posts to one daemon and ends with Leave. Many may come one after the
// other, so that all that each has waiting needs a room.
func (p *Poster) ShareAlone(ctx context.Context, daemon uint64) error {
	p.rooms, p.alone = newRooms(p.names), true
	return p.rooms.read(ctx, p.server, daemon)
}

// Leave leaves a room for what waits, and no more, after Close.
func (p *Poster) Leave(ctx context.Context) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, q := range p.queues {
		if err := q.leave(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (q *queue) leave(ctx context.Context) error {
	q.adjusting.Lock()
	defer q.adjusting.Unlock()
	if err := q.look(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	waiting, have := q.ledger.waiting, q.ledger.room
	q.mu.Unlock()
	if waiting == 0 && have == 0 {
		return nil
	}
	return q.take(ctx, waiting)
}

// Close ends what a poster does in the background. Posts still end in their own time.
func (s *sharing) Close() {
	s.shut()
	s.running.Wait()
}

// allowance is what a node may have waiting without a room: a thirty-second, and 4 MiB at most.
func (p *Poster) allowance() int64 {
	if p.alone {
		return 0
	}
	return min(p.most/32, 4<<20)
}

// step is by how much a room grows at a time.
func (p *Poster) step() int64 { return max(p.most/16, EnvelopeBytes) }

// mostFor is how large this node's room may be: what the others leave, and their fair share is theirs once they need it.
func (p *Poster) mostFor(daemon uint64) int64 {
	others, count := p.rooms.others(daemon, p.self.Instance)
	others = max(others, p.most/int64(count+1)*int64(count))
	return max(p.most-others, 1) // even a small one says that somebody waits for more
}

// roomFor is how large this node's room should be, while so much waits and so much more is to come.
func (p *Poster) roomFor(daemon uint64, waiting, more, have int64) int64 {
	need, size := waiting+more, have
	switch {
	case more == 0 && waiting <= p.allowance()/2:
		return 0
	case need > have/2: // ahead of what is needed
		size = max(need, have) + p.step()
	case need+3*p.step() < have:
		size = need + p.step()
	}
	return max(min(size, p.mostFor(daemon)), min(have, waiting))
}
