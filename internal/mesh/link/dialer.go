//go:build mesh

package link

import (
	"net"
	"time"

	"go.uber.org/atomic"
)

// dialer connects to servers for the client. The client holds the lock that all its methods need while it waits for the
// first words of a server, and while it writes: so with a server that hangs neither may last. Once the connection has
// stood, an attempt to connect is short; it is longer after one that has failed, for a server that is only slow.
type dialer struct {
	first    time.Duration // for an attempt, until the connection has stood
	again    time.Duration // after that
	stall    time.Duration // until the server must have taken a piece of what is written
	attempts atomic.Int32  // since the connection was lost; -1: there has been none
}

// The bounds of an attempt to connect again.
const (
	leastAgain = 250 * time.Millisecond
	mostAgain  = time.Second
	slowAgain  = 2 * time.Second // after some have failed
)

func newDialer(first, lease time.Duration) *dialer {
	d := &dialer{first: first, again: min(max(lease/6, leastAgain), mostAgain), stall: max(lease/2, time.Second)}
	d.attempts.Store(-1)
	return d
}

// stands notes that there is a connection.
func (d *dialer) stands() { d.attempts.Store(0) }

// Dial is the client's.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	limit := d.first
	if d.attempts.Load() >= 0 {
		limit = min(d.again<<min(d.attempts.Inc()-1, 3), slowAgain)
	}
	conn, err := (&net.Dialer{Timeout: limit}).Dial(network, address)
	if err != nil {
		return nil, err
	}
	return &hasty{Conn: conn, limit: limit, stall: d.stall}, nil
}

// hasty is a connection that ends rather than wait: its deadlines are never later than its limit from now, and a piece
// of what is written must be gone in time.
type hasty struct {
	net.Conn
	limit, stall time.Duration
	within       time.Time // the deadline of what is written. The client writes one thing at a time
}

// writePiece is what a slow line carries in a second.
const writePiece = 64 << 10

// SetDeadline is what the client bounds its first words with; zero ends that.
func (h *hasty) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(h.limit); t.After(latest) {
		t = latest
	}
	h.within = time.Time{}
	return h.Conn.SetDeadline(t)
}

// Write writes all, or ends the connection: what comes after a part of a message would be taken for the rest of it.
func (h *hasty) Write(data []byte) (written int, err error) {
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

// hurry has the next piece be gone in time, or up to a quarter later: a deadline costs half as much as a short write.
func (h *hasty) hurry() error {
	now := time.Now()
	if h.within.Sub(now) >= h.stall {
		return nil
	}
	h.within = now.Add(h.stall + h.stall/4)
	return h.SetWriteDeadline(h.within)
}
