package peers

import "netmeshos/internal/mesh/directory/lease"

// Beat is what a node says of itself once an interval.
type Beat struct {
	Holder  lease.Holder
	Leaving bool // the last one: it leaves in order
	Figures Figures
	Hash    uint64 // of its block
	Block   *Block // in the first beat, when it has changed, and when the aggregator wants it
}

// Encode makes the message.
func (b Beat) Encode() []byte {
	w := writer{kindBeat, version}
	w.id(b.Holder.Node)
	w.id(b.Holder.Instance)
	flags := b.Figures.flags()
	if b.Leaving {
		flags |= flagLeaving
	}
	if b.Block != nil {
		flags |= flagSlow
	}
	w.byte(flags)
	w.figures(b.Figures)
	w.id(b.Hash)
	if b.Block != nil {
		w.text(b.Block.Text)
	}
	return w
}

// DecodeBeat reads a beat. ok is false for anything else; what a later version adds at the end is
// ignored.
func DecodeBeat(data []byte) (b Beat, ok bool) {
	r := reader{rest: data}
	if !r.begins(kindBeat) {
		return Beat{}, false
	}
	b.Holder = lease.Holder{Node: r.id(), Instance: r.id()}
	flags := r.byte()
	b.Leaving = flags&flagLeaving != 0
	b.Figures = r.figures(flags)
	b.Hash = r.id()
	if flags&flagSlow != 0 {
		block, good := decodeBlock(append([]byte(nil), r.text()...))
		if r.bad || !good || block.Hash != b.Hash {
			return Beat{}, false
		}
		b.Block = &block
	}
	return b, !r.bad && b.Holder.Instance != 0
}
