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
	first    time.Duration         // for an attempt, until the connection has stood
	again    time.Duration         // after that
	stall    time.Duration         // until the server must have taken a piece of what is written
	attempts atomic.Int32          // since the connection was lost; -1: there has been none
	current  atomic.Pointer[hasty] // the one made last, and the only one that may be open
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
	h := newHasty(conn, limit, d.stall)
	// The client has one at a time, but doesn't close all that it leaves.
	if left := d.current.Swap(h); left != nil {
		_ = left.Close()
	}
	return h, nil
}
