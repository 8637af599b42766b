package peers

import (
	"encoding/binary"

	"netmeshos/internal/phase"
)

// Each message begins with its kind and its version. Numbers of 64 random bits have 8 bytes,
// little-endian; the others are varints. docs/mesh.md documents the formats.
const (
	kindBeat    = 'b'
	kindChanges = 'c'
	kindPage    = 'p'
	version     = 1
)

// Later reports whether a message may be one of a later version.
func Later(data []byte) bool {
	return len(data) > 1 && data[1] > version && (data[0] == kindBeat || data[0] == kindChanges || data[0] == kindPage)
}

// writer appends to a message.
type writer []byte

func (w *writer) byte(b byte)     { *w = append(*w, b) }
func (w *writer) id(v uint64)     { *w = binary.LittleEndian.AppendUint64(*w, v) }
func (w *writer) number(v uint64) { *w = binary.AppendUvarint(*w, v) }
func (w *writer) text(b []byte) {
	w.number(uint64(len(b)))
	*w = append(*w, b...)
}

// reader reads a message. After an error it returns zeros, and bad is set.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) id() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.bad || n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) text() []byte { return r.take(r.number()) }

// count reads how many items follow, each of at least size bytes.
func (r *reader) count(size int) int {
	n := r.number()
	if n > uint64(len(r.rest)/size) {
		r.bad = true
		return 0
	}
	return int(n)
}

// begins reads the kind and the version.
func (r *reader) begins(kind byte) bool { return r.byte() == kind && r.byte() == version && !r.bad }

// Flags of figures: the phase in the lowest three bits.
const (
	phaseMask     = 7
	flagUnhealthy = 1 << 3
	flagLeaving   = 1 << 4 // beats only
	flagSlow      = 1 << 5 // a beat has its block; a node in a message has its instance and the hash of its block
	healthShift   = 6      // in what the aggregator publishes
)

func (f Figures) flags() byte {
	flags := byte(f.Maintenance) & phaseMask
	if f.Unhealthy {
		flags |= flagUnhealthy
	}
	return flags
}

func (w *writer) figures(f Figures) {
	for _, v := range [...]uint64{f.RTTMicros, f.Load, f.MemUsed, f.DiskUsed, f.Daemons, f.Standbys} {
		w.number(v)
	}
}

func (r *reader) figures(flags byte) Figures {
	f := Figures{Maintenance: phase.Phase(flags & phaseMask), Unhealthy: flags&flagUnhealthy != 0}
	for _, v := range [...]*uint64{&f.RTTMicros, &f.Load, &f.MemUsed, &f.DiskUsed, &f.Daemons, &f.Standbys} {
		*v = r.number()
	}
	return f
}
