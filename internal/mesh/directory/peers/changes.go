package peers

import (
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/view"
)

// Position is how far somebody has followed: messages of a term are numbered from 1 without
// gaps. A later aggregator has a larger term.
type Position struct {
	Term, Number uint64
}

// Node is a node as the aggregator sees it.
type Node struct {
	Holder  lease.Holder
	Health  view.Health
	Figures Figures
	Hash    uint64 // of its block
}

// Changes are one message of the aggregator.
type Changes struct {
	Aggregator lease.Holder
	At         Position
	// Base is the position from which the first message of a term goes on: who has followed to
	// there needs nothing else. Zero in all others.
	Base    Position
	Leaving bool     // the aggregator leaves: another should take over at once
	Wanted  []uint64 // nodes that should send their block with the next beat
	Gone    []lease.Holder
	Blocks  []Block // those that the nodes name and that weren't published before
	Nodes   []Node  // a node as it is now; one that wasn't known is new
	brief   []bool  // by index in Nodes: instance and hash are as before, and not sent
}

const (
	changesLeaving = 1 << 0
	changesBase    = 1 << 1
)

// Encode makes the message.
func (c Changes) Encode() []byte {
	w := writer{kindChanges, version}
	w.id(c.Aggregator.Node)
	w.id(c.Aggregator.Instance)
	w.number(c.At.Term)
	w.number(c.At.Number)
	var flags byte
	if c.Leaving {
		flags |= changesLeaving
	}
	if c.Base != (Position{}) {
		flags |= changesBase
	}
	w.byte(flags)
	if c.Base != (Position{}) {
		w.number(c.Base.Term)
		w.number(c.Base.Number)
	}
	w.number(uint64(len(c.Wanted)))
	for _, node := range c.Wanted {
		w.id(node)
	}
	w.number(uint64(len(c.Gone)))
	for _, h := range c.Gone {
		w.id(h.Node)
		w.id(h.Instance)
	}
	w.nodes(c.Blocks, c.Nodes, c.brief)
	return w
}

// DecodeChanges reads a message. Nodes that were sent briefly have no instance.
func DecodeChanges(data []byte) (c Changes, ok bool) {
	r := reader{rest: data}
	if !r.begins(kindChanges) {
		return Changes{}, false
	}
	c.Aggregator = lease.Holder{Node: r.id(), Instance: r.id()}
	c.At = Position{r.number(), r.number()}
	flags := r.byte()
	c.Leaving = flags&changesLeaving != 0
	if flags&changesBase != 0 {
		c.Base = Position{r.number(), r.number()}
	}
	for range r.count(8) {
		c.Wanted = append(c.Wanted, r.id())
	}
	for range r.count(16) {
		c.Gone = append(c.Gone, lease.Holder{Node: r.id(), Instance: r.id()})
	}
	c.Blocks, c.Nodes = r.nodes()
	return c, !r.bad
}

func (w *writer) nodes(blocks []Block, nodes []Node, brief []bool) {
	w.number(uint64(len(blocks)))
	for _, b := range blocks {
		w.text(b.Text)
	}
	w.number(uint64(len(nodes)))
	for i, n := range nodes {
		w.id(n.Holder.Node)
		flags := n.Figures.flags() | byte(n.Health)<<healthShift
		short := i < len(brief) && brief[i]
		if !short {
			flags |= flagSlow
		}
		w.byte(flags)
		if !short {
			w.id(n.Holder.Instance)
			w.id(n.Hash)
		}
		w.figures(n.Figures)
	}
}

func (r *reader) nodes() (blocks []Block, nodes []Node) {
	for range r.count(1) {
		block, good := decodeBlock(append([]byte(nil), r.text()...))
		if r.bad || !good {
			r.bad = true
			return nil, nil
		}
		blocks = append(blocks, block)
	}
	for range r.count(15) {
		n := Node{Holder: lease.Holder{Node: r.id()}}
		flags := r.byte()
		n.Health = view.Health(flags >> healthShift)
		if flags&flagSlow != 0 {
			n.Holder.Instance, n.Hash = r.id(), r.id()
		}
		n.Figures = r.figures(flags)
		nodes = append(nodes, n)
	}
	return blocks, nodes
}

// Page is a part of all that the aggregator knows, for a node that joins or has missed
// something.
type Page struct {
	At     Position // of which it is: what has changed since then may be in it or not
	Blocks []Block
	Nodes  []Node // those after the one that was asked for, by ascending id
	More   bool   // there are more
}

// Encode makes the message.
func (p Page) Encode() []byte {
	w := writer{kindPage, version}
	w.number(p.At.Term)
	w.number(p.At.Number)
	if p.More {
		w.byte(1)
	} else {
		w.byte(0)
	}
	w.nodes(p.Blocks, p.Nodes, nil)
	return w
}

// DecodePage reads a page.
func DecodePage(data []byte) (p Page, ok bool) {
	r := reader{rest: data}
	if !r.begins(kindPage) {
		return Page{}, false
	}
	p.At = Position{r.number(), r.number()}
	p.More = r.byte() != 0
	p.Blocks, p.Nodes = r.nodes()
	return p, !r.bad
}
