package peers

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/view"
)

// How many intervals without a beat make a node what. The half is for beats that are
// a little late.
const (
	degradedAfter    = 3.5
	unreachableAfter = 10.5
	silentAfter      = 1.25 // its lease is looked at
)

// figuresEach is how many nodes whose figures have moved a little are published each
// interval, so that what all receive doesn't grow with the number of nodes.
const figuresEach = 100

// messageBytes is about how long a message may be.
const messageBytes = 64 << 10

// Table is what the aggregator knows. It turns beats into messages.
type Table struct {
	self   lease.Holder
	beat   time.Duration
	at     Position
	base   Position
	due    time.Duration // when the next message is sent at the latest
	urgent bool          // something must be published at once
	sent   time.Duration // when the last message was made
	nodes  map[uint64]*row
	blocks map[uint64]*Block
	public map[uint64]bool // hashes of the blocks that everybody has
	wanted map[uint64]bool
	gone   []lease.Holder
}

// row is a node of the table.
type row struct {
	now       Node
	public    Node // as published last; zero instance: never
	heard     time.Duration
	published time.Duration
}

// NewTable returns the table of a node that has become the aggregator of a term, and has
// followed its predecessor to where d is.
func NewTable(self lease.Holder, term uint64, beat, now time.Duration, d *Directory) *Table {
	t := &Table{
		self: self, beat: beat, at: Position{Term: term}, base: d.at, due: now, sent: now - beat,
		nodes: map[uint64]*row{}, blocks: maps.Clone(d.blocks), public: map[uint64]bool{}, wanted: map[uint64]bool{},
	}
	for hash := range t.blocks {
		t.public[hash] = true
	}
	for id, n := range d.nodes {
		t.nodes[id] = &row{now: *n, public: *n, heard: now, published: now}
	}
	return t
}

// Beat notes a beat.
func (t *Table) Beat(now time.Duration, b Beat) {
	r := t.nodes[b.Holder.Node]
	if b.Leaving {
		t.Gone(b.Holder)
		return
	}
	if r == nil || r.now.Holder != b.Holder {
		if r != nil {
			t.Gone(r.now.Holder)
		}
		r = &row{}
		t.nodes[b.Holder.Node] = r
		t.urgent = true
	}
	if b.Block != nil {
		t.blocks[b.Hash] = b.Block
	} else if t.blocks[b.Hash] == nil {
		t.wanted[b.Holder.Node] = true
		t.urgent = true
		if r.now.Holder.Instance == 0 { // it is shown when it is complete
			delete(t.nodes, b.Holder.Node)
			return
		}
		b.Hash = r.now.Hash
	}
	r.heard = now
	r.now = Node{b.Holder, r.now.Health, b.Figures, b.Hash}
	t.judge(now, r)
}

// judge sets the health of a node.
func (t *Table) judge(now time.Duration, r *row) {
	missed := float64(now-r.heard) / float64(t.beat)
	health := view.Healthy
	switch {
	case missed > unreachableAfter:
		health = view.Unreachable
	case missed > degradedAfter || r.now.Figures.Unhealthy:
		health = view.Degraded
	}
	r.now.Health = health
	if _, atOnce := r.now.Figures.moved(r.public.Figures); atOnce || health != r.public.Health || r.now.Hash != r.public.Hash {
		t.urgent = true
	}
}

// Gone removes a run of a node.
func (t *Table) Gone(h lease.Holder) {
	if r := t.nodes[h.Node]; r != nil && r.now.Holder == h {
		delete(t.nodes, h.Node)
		delete(t.wanted, h.Node)
		t.gone = append(t.gone, h)
		t.urgent = true
	}
}

// Silent returns the nodes whose leases should be looked at, because their beats don't come.
func (t *Table) Silent(now time.Duration) (silent []lease.Holder) {
	for _, r := range t.nodes {
		if float64(now-r.heard) > silentAfter*float64(t.beat) {
			silent = append(silent, r.now.Holder)
		}
	}
	return silent
}

// Reconnected says that the server was away: no beat can have been heard.
func (t *Table) Reconnected(now time.Duration) {
	for _, r := range t.nodes {
		r.heard = now
	}
}

// Next returns when Publish has something to say.
func (t *Table) Next() time.Duration {
	if t.urgent {
		return min(t.due, t.sent+t.beat/4)
	}
	return t.due
}

// Publish returns the messages that are to be published now: at least one each interval, and
// what can't wait after a quarter of it.
func (t *Table) Publish(now time.Duration) (messages [][]byte) {
	if now < t.Next() {
		return nil
	}
	changed, blocks := t.changed(now)
	c := Changes{Aggregator: t.self, Base: t.base, Gone: t.gone, Wanted: slices.Sorted(maps.Keys(t.wanted))}
	size := 16*len(c.Gone) + 8*len(c.Wanted)
	flush := func() {
		t.at.Number++
		c.At = t.at
		messages = append(messages, c.Encode())
		c, size = Changes{Aggregator: t.self}, 0
	}
	for _, b := range blocks {
		if size > messageBytes {
			flush()
		}
		c.Blocks = append(c.Blocks, *b)
		size += len(b.Text)
	}
	for _, r := range changed {
		if size > messageBytes {
			flush()
		}
		brief := r.now.Holder == r.public.Holder && r.now.Hash == r.public.Hash
		c.Nodes, c.brief = append(c.Nodes, r.now), append(c.brief, brief)
		size += 40
		r.public, r.published = r.now, now
	}
	flush()
	t.base, t.gone, t.urgent = Position{}, nil, false
	clear(t.wanted)
	t.sent, t.due = now, now+t.beat
	return messages
}

// changed returns the nodes to be published, and the blocks that nobody has yet: all that are
// new or have changed so that nobody may wait, and of those whose figures have moved, the ones that have
// waited longest.
func (t *Table) changed(now time.Duration) (changed []*row, blocks []*Block) {
	var moved []*row
	for _, r := range t.nodes {
		t.judge(now, r)
		visibly, atOnce := r.now.Figures.moved(r.public.Figures)
		switch {
		case atOnce || r.now.Holder != r.public.Holder || r.now.Hash != r.public.Hash || r.now.Health != r.public.Health:
			changed = append(changed, r)
		case visibly, r.now != r.public && now-r.published >= 10*t.beat:
			moved = append(moved, r)
		}
		if !t.public[r.now.Hash] {
			t.public[r.now.Hash] = true
			blocks = append(blocks, t.blocks[r.now.Hash])
		}
	}
	t.dropBlocks()
	slices.SortFunc(moved, func(a, b *row) int { return cmp.Compare(a.published, b.published) })
	changed = append(changed, moved[:min(len(moved), figuresEach)]...)
	slices.SortFunc(changed, func(a, b *row) int { return cmp.Compare(a.now.Holder.Node, b.now.Holder.Node) })
	return changed, blocks
}

// dropBlocks forgets blocks that no node has, once they are many.
func (t *Table) dropBlocks() {
	if len(t.blocks) <= 2*len(t.nodes)+100 {
		return
	}
	used := map[uint64]bool{}
	for _, r := range t.nodes {
		used[r.now.Hash] = true
	}
	maps.DeleteFunc(t.blocks, func(hash uint64, _ *Block) bool { return !used[hash] })
	maps.DeleteFunc(t.public, func(hash uint64, _ bool) bool { return !used[hash] })
}

// Leave makes the last message.
func (t *Table) Leave() []byte {
	t.at.Number++
	return Changes{Aggregator: t.self, At: t.at, Base: t.base, Leaving: true}.Encode()
}

// Page returns what was published of the nodes after an id.
func (t *Table) Page(after uint64, all bool) Page {
	var ids []uint64
	for id, r := range t.nodes {
		if (all || id > after) && r.public.Holder.Instance != 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	p := Page{At: t.at}
	size := 0
	have := map[uint64]bool{}
	for _, id := range ids {
		if size > messageBytes {
			p.More = true
			break
		}
		n := t.nodes[id].public
		if b := t.blocks[n.Hash]; b != nil && !have[n.Hash] {
			have[n.Hash] = true
			p.Blocks = append(p.Blocks, *b)
			size += len(b.Text)
		}
		p.Nodes = append(p.Nodes, n)
		size += 40
	}
	return p
}
