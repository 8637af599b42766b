package wire

import (
	"encoding/binary"

	"netmeshos/internal/event"
)

// Outputs are those of one record, numbered on from its First.
type Outputs struct {
	Events event.Batch  // with the daemon's id and their numbers
	Causes []event.Meta // for each output, origin and sequence of the event that emitted it
}

// AppendOutputs appends the block that a record has, or that its pieces have together. Causes
// are written once for all outputs that follow each other.
func AppendOutputs(to []byte, o Outputs) []byte {
	to = binary.AppendUvarint(to, uint64(len(o.Events.Metas)))
	for i := range o.Events.Metas {
		head := o.Events.Metas[i].Length << 1
		same := i > 0 && o.Causes[i].Origin == o.Causes[i-1].Origin && o.Causes[i].Sequence == o.Causes[i-1].Sequence
		if same {
			head |= 1
		}
		to = binary.AppendUvarint(to, head)
		if !same {
			to = binary.LittleEndian.AppendUint64(to, o.Causes[i].Origin)
			to = binary.AppendUvarint(to, o.Causes[i].Sequence)
		}
	}
	return appendPayloads(to, o.Events)
}

// ReadOutputs reads such a block. The payloads stay in data; first is the number of the first
// output of the daemon.
func ReadOutputs(data []byte, daemon, first uint64) (Outputs, error) {
	r := reader{data: data}
	n := r.count(1, "outputs")
	o := Outputs{Events: event.Batch{Metas: make([]event.Meta, 0, n)}, Causes: make([]event.Meta, 0, n)}
	var cause event.Meta
	var offset uint64
	for i := range n {
		head := r.uvarint("the head of an output")
		if head&1 == 0 {
			cause = event.Meta{Origin: r.u64("a cause"), Sequence: r.uvarint("a cause")}
		}
		length := head >> 1
		if length > uint64(len(r.data))-min(offset, uint64(len(r.data))) {
			r.fail("an output of %d bytes is cut off", length)
		}
		if r.err != nil {
			return Outputs{}, r.err
		}
		o.Events.Metas = append(o.Events.Metas, event.Meta{Origin: daemon, Sequence: first + uint64(i), Offset: offset, Length: length}) //nolint:gosec // not negative
		o.Causes = append(o.Causes, cause)
		offset += length
	}
	o.Events.Bytes = r.take(offset, "the outputs")
	return o, r.end("outputs")
}
