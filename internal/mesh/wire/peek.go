package wire

// Events returns how many events a message has: an envelope its own, a record the daemon's outputs. It looks at
// the first bytes only; 0: they are neither.
func Events(message []byte) int {
	if len(message) == 0 {
		return 0
	}
	switch message[0] {
	case KindEnvelope:
		r := open(message, KindEnvelope, "envelope")
		r.id("the poster of the envelope")
		return r.count(1, "events")
	case KindRecord:
		r := open(message, KindRecord, "record")
		r.id("the record's id")
		r.take(1, "the record's kind")
		out, first := r.uvarint("the last output"), r.uvarint("the first output")
		if r.err != nil || out < first || out-first >= maxOutputs {
			return 0
		}
		return int(out-first) + 1 //nolint:gosec // under maxOutputs
	}
	return 0
}

// maxOutputs is more than a record ever has.
const maxOutputs = 1 << 31
