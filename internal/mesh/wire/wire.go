// Package wire owns the binary formats of what a mesh stores for its daemons: envelopes (posted
// events), records (commits), and pieces of what is too long for one message. docs/mesh.md
// has them byte by byte. Encoding and decoding are pure. What is decoded may be anybody's bytes:
// an error says in words what is wrong with them, and no length is believed that the message
// isn't long enough for.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The first byte of a message says what it is, the second the version of its format.
const (
	KindEnvelope = 0xE1
	KindRecord   = 0xC1
	KindPiece    = 0xB1

	Version = 1
)

// ErrVersion is the error for a message of the mesh that an other version of the library has made.
var ErrVersion = errors.New("another version of its format")

// ID names one write of one run of a node. Instances are random, so an ID is never used
// again.
type ID struct {
	Node, Instance uint64
	Counter        uint64 // of the instance's writes
}

func (id ID) String() string {
	return fmt.Sprintf("%016x/%016x/%d", id.Node, id.Instance, id.Counter)
}

func appendID(to []byte, id ID) []byte {
	to = binary.LittleEndian.AppendUint64(to, id.Node)
	to = binary.LittleEndian.AppendUint64(to, id.Instance)
	return binary.AppendUvarint(to, id.Counter)
}

// reader takes values off the front of a message. After the first error it returns zeros.
type reader struct {
	data []byte
	err  error
}

// open checks the first two bytes.
func open(data []byte, kind byte, name string) reader {
	switch {
	case len(data) < 2:
		return reader{err: fmt.Errorf("%d bytes are no %s", len(data), name)}
	case data[0] != kind:
		return reader{err: fmt.Errorf("a message that begins with %#x is no %s", data[0], name)}
	case data[1] == 0:
		return reader{err: fmt.Errorf("a message of version 0 is no %s", name)}
	case data[1] != Version:
		return reader{err: fmt.Errorf("the %s has %w: version %d, and this library reads version %d", name, ErrVersion, data[1], Version)}
	}
	return reader{data: data[2:]}
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.data = nil
}

func (r *reader) uvarint(what string) uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.fail("%s is cut off or no number", what)
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) u64(what string) uint64 {
	b := r.take(8, what)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func (r *reader) id(what string) ID {
	return ID{r.u64(what), r.u64(what), r.uvarint(what)}
}

// count reads how many things follow that take at least so many bytes each.
func (r *reader) count(least int, what string) int {
	n := r.uvarint(what)
	if n > uint64(len(r.data)/least) {
		r.fail("%d %s don't fit %d bytes", n, what, len(r.data))
		return 0
	}
	return int(n) //nolint:gosec // not above len
}

// take returns the next bytes, without a copy; nil: they are not there.
func (r *reader) take(n uint64, what string) []byte {
	if n > uint64(len(r.data)) {
		r.fail("%s of %d bytes is cut off at %d", what, n, len(r.data))
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) block(what string) []byte { return r.take(r.uvarint(what), what) }

func (r *reader) u32(what string) uint32 {
	v := r.uvarint(what)
	if v > math.MaxUint32 {
		r.fail("%s is %d, which is too much", what, v)
		return 0
	}
	return uint32(v)
}

// end checks that nothing follows.
func (r *reader) end(what string) error {
	if r.err == nil && len(r.data) > 0 {
		r.fail("%d bytes follow the %s", len(r.data), what)
	}
	return r.err
}

func appendBlock(to, block []byte) []byte {
	return append(binary.AppendUvarint(to, uint64(len(block))), block...)
}
