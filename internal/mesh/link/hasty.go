//go:build mesh

package link

import (
	"net"
	"sync"
	"time"
)

// hasty is a connection that ends rather than wait: its deadlines are never later than its limit from now, and a piece
// of what is written must be gone in time.
type hasty struct {
	net.Conn
	limit, stall time.Duration

	mu     sync.Mutex // guards what follows; held while a message is written
	within time.Time  // the deadline of what is written
	rest   []byte     // of a message that has begun; it comes before all else
	begun  bool       // something was written
	plain  bool       // it was text: there is no TLS
	direct direct
}

func newHasty(conn net.Conn, limit, stall time.Duration) *hasty {
	h := &hasty{Conn: conn, limit: limit, stall: stall}
	h.direct.use(conn)
	return h
}

// writePiece is what a slow line carries in a second.
const writePiece = 64 << 10

// SetDeadline is what the client bounds its first words with; zero ends that.
func (h *hasty) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(h.limit); t.After(latest) {
		t = latest
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.within = time.Time{}
	return h.Conn.SetDeadline(t)
}

// tlsHandshake is the type of the record that TLS begins with: RFC 8446, 5.1.
const tlsHandshake = 22

// isPlain reports whether what the client writes is not encrypted.
func (h *hasty) isPlain() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.plain
}

// Write writes all, or ends the connection: what comes after a part of a message would be taken for the rest of it.
func (h *hasty) Write(data []byte) (written int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.writeRest(); err != nil {
		return 0, err
	}
	if !h.begun && len(data) > 0 {
		h.begun, h.plain = true, data[0] != tlsHandshake
	}
	return h.write(data)
}

// writeRest needs mu.
func (h *hasty) writeRest() error {
	if len(h.rest) == 0 {
		return nil
	}
	_, err := h.write(h.rest)
	h.rest = nil
	return err
}

// write needs mu.
func (h *hasty) write(data []byte) (written int, err error) {
	for {
		piece := data[written:min(len(data), written+writePiece)]
		if err = h.hurry(); err == nil {
			var n int
			n, err = h.Conn.Write(piece)
			written += n
		}
		if err != nil {
			_ = h.Close()
			return written, err
		}
		if written == len(data) {
			return written, nil
		}
	}
}

// hurry has the next piece be gone in time, or up to a quarter later: a deadline costs half as much as a short write. It
// needs mu.
func (h *hasty) hurry() error {
	now := time.Now()
	if h.within.Sub(now) >= h.stall {
		return nil
	}
	h.within = now.Add(h.stall + h.stall/4)
	return h.SetWriteDeadline(h.within)
}
