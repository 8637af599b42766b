package peers

import (
	"maps"
	"slices"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/view"
)

// Directory is what a node knows of all nodes: it follows the aggregator's messages. When it
// has missed one it must Fetch: read all pages from the aggregator and pass them to Fetched.
type Directory struct {
	beat       time.Duration
	at         Position
	aggregator lease.Holder
	heard      time.Duration // when the aggregator was heard last
	nodes      map[uint64]*Node
	blocks     map[uint64]*Block
	behind     bool      // something was missed
	early      []Changes // what came while pages are fetched
}

// Heard is what a message of the aggregator says to a node, besides what has changed.
type Heard struct {
	Aggregator lease.Holder
	Term       uint64
	Leaving    bool
	Wanted     bool // the node should send its block
	Changed    bool // Peers shows something else than before
}

// earlyKept is how many messages are kept while pages are fetched. If there are more, they are
// fetched again.
const earlyKept = 64

// NewDirectory returns a directory of nobody.
func NewDirectory(beat, now time.Duration) *Directory {
	return &Directory{beat: beat, heard: now, nodes: map[uint64]*Node{}, blocks: map[uint64]*Block{}}
}

// Aggregator returns who is followed; zero: nobody yet.
func (d *Directory) Aggregator() lease.Holder { return d.aggregator }

// Behind reports whether something was missed, so that all must be fetched.
func (d *Directory) Behind() bool { return d.behind }

// Missed says that messages may have been lost: the connection was.
func (d *Directory) Missed() { d.behind = true }

// Apply takes a message of an aggregator. ok is false for that of a former one.
func (d *Directory) Apply(now time.Duration, node uint64, c Changes) (h Heard, ok bool) {
	// A term that nobody has had, by somebody else's message, must not hide the aggregator for long.
	if c.At.Term < d.at.Term && now-d.heard < 5*d.beat/2 {
		return Heard{}, false
	}
	h = Heard{Aggregator: c.Aggregator, Term: c.At.Term, Leaving: c.Leaving, Wanted: slices.Contains(c.Wanted, node)}
	switch {
	case c.At.Term == d.at.Term && c.At.Number <= d.at.Number:
		return h, true // known from a page
	case c.At.Term != d.at.Term:
		goesOn := c.At.Number == 1 && c.Base == d.at && !d.behind
		d.behind = !goesOn
		d.at = Position{c.At.Term, c.At.Number - 1}
		d.early = nil
	case c.At.Number != d.at.Number+1:
		d.behind = true
	}
	d.aggregator, d.heard = c.Aggregator, now
	if d.behind {
		if d.early = append(d.early, c); len(d.early) > earlyKept {
			d.early = slices.Delete(d.early, 0, 1)
		}
		return h, true
	}
	h.Changed = d.take(c)
	return h, true
}

// take changes what is known.
func (d *Directory) take(c Changes) (changed bool) {
	d.at = c.At
	for _, b := range c.Blocks {
		d.blocks[b.Hash] = &b
	}
	for _, h := range c.Gone {
		if n := d.nodes[h.Node]; n != nil && n.Holder == h {
			delete(d.nodes, h.Node)
		}
	}
	for _, n := range c.Nodes {
		d.put(n)
	}
	return len(c.Gone)+len(c.Nodes) > 0
}

func (d *Directory) put(n Node) {
	known := d.nodes[n.Holder.Node]
	if n.Holder.Instance == 0 { // brief
		if known == nil {
			d.behind = true
			return
		}
		n.Holder, n.Hash = known.Holder, known.Hash
	}
	if d.blocks[n.Hash] == nil {
		d.behind = true
		return
	}
	d.nodes[n.Holder.Node] = &n
}

// Fetched takes all pages, in their order. If they are not of the aggregator that is followed now,
// or what came meanwhile has gaps, the directory stays behind.
func (d *Directory) Fetched(now time.Duration, pages []Page) {
	if len(pages) == 0 || pages[len(pages)-1].More || pages[0].At.Term != d.at.Term && d.at.Term != 0 && now-d.heard < 3*d.beat {
		return
	}
	nodes := map[uint64]*Node{}
	d.behind = false
	d.at = pages[0].At
	for _, p := range pages {
		for _, b := range p.Blocks {
			d.blocks[b.Hash] = &b
		}
	}
	d.nodes = nodes
	for _, p := range pages {
		for _, n := range p.Nodes {
			d.put(n)
		}
	}
	d.dropBlocks()
	early := d.early
	d.early = nil
	for _, c := range early {
		switch {
		case c.At.Term != d.at.Term || c.At.Number <= d.at.Number:
		case c.At.Number == d.at.Number+1:
			d.take(c)
		default:
			d.behind = true
			return
		}
	}
}

func (d *Directory) dropBlocks() {
	used := map[uint64]bool{}
	for _, n := range d.nodes {
		used[n.Hash] = true
	}
	maps.DeleteFunc(d.blocks, func(hash uint64, _ *Block) bool { return !used[hash] })
}

// Shown is a node as others are shown it.
type Shown struct {
	Holder  lease.Holder
	Health  view.Health
	Figures Figures
	Slow    Slow
}

// All returns all nodes by ascending id. If the aggregator isn't heard, as when this node is cut off, the
// others look worse with time.
func (d *Directory) All(now time.Duration) []Shown {
	worst := d.OwnHealth(now)
	shown := make([]Shown, 0, len(d.nodes))
	for _, id := range slices.Sorted(maps.Keys(d.nodes)) {
		n := d.nodes[id]
		s := Shown{n.Holder, max(n.Health, worst), n.Figures, Slow{}}
		if b := d.blocks[n.Hash]; b != nil {
			s.Slow = b.Slow
		}
		shown = append(shown, s)
	}
	return shown
}

// OwnHealth says how well this node hears of the others.
func (d *Directory) OwnHealth(now time.Duration) view.Health {
	missed := float64(now-d.heard) / float64(d.beat)
	switch {
	case missed > unreachableAfter:
		return view.Unreachable
	case missed > degradedAfter:
		return view.Degraded
	}
	return view.Healthy
}

// Peers returns the nodes other than this one, as the node shows them. ownRTT is this node's
// way to the server and back, in microseconds; 0: unknown.
func (d *Directory) Peers(now time.Duration, self, ownRTT uint64) []view.Peer {
	all := d.All(now)
	shown := make([]view.Peer, 0, len(all))
	for _, s := range all {
		if s.Holder.Node != self {
			shown = append(shown, s.Peer(ownRTT))
		}
	}
	return shown
}

// Peer returns the node as the peer of another.
func (s Shown) Peer(ownRTT uint64) view.Peer {
	f := s.Figures
	p := view.Peer{NodeID: s.Holder.Node, CapabilitySet: s.Slow.Capabilities, Health: s.Health, Maintenance: &f.Maintenance, SoftwareVersion: &s.Slow.Version}
	p.RTTMS = s.RTTMS(ownRTT)
	if f.Load > 0 {
		load := float64(f.Load-1) / 100
		p.CPULoad1m = &load
	}
	p.MemTotalBytes, p.MemUsedBytes = use(s.Slow.MemTotal, f.MemUsed)
	p.DiskTotalBytes, p.DiskUsedBytes = use(s.Slow.DiskTotal, f.DiskUsed)
	return p
}

// RTTMS returns the way to the node and back, by the server, in milliseconds; nil: unknown.
func (s Shown) RTTMS(ownRTT uint64) *float64 {
	if s.Figures.RTTMicros == 0 || ownRTT == 0 {
		return nil
	}
	ms := float64(s.Figures.RTTMicros+ownRTT) / 1000
	return &ms
}

// use returns what a node has and uses, in bytes; nil where it isn't known.
func use(total, usedMiB uint64) (*uint64, *uint64) {
	if total == 0 {
		return nil, nil
	}
	used := min(usedMiB<<20, total)
	return &total, &used
}

// Rank returns how many healthy nodes come before one, the aggregator left aside.
func (d *Directory) Rank(node uint64) (rank int) {
	for id, n := range d.nodes {
		if id < node && n.Health == view.Healthy && n.Holder != d.aggregator {
			rank++
		}
	}
	return rank
}
