//go:build mesh

package link

import (
	"errors"
	"net"
	"strconv"
	"syscall"

	"github.com/nats-io/nats.go"
)

// A short message without headers is written past the client where that can be: on a connection without TLS, while nothing
// waits for the writer. The client wakes its goroutine for flushing with each message that it takes, also for one that it
// has written already. That costs a thread's wake-up; and where a host's thread has published, the goroutine waits on the
// processor that Go lets this thread keep, until somebody misses it.
//
// Any goroutine may do it, also one that is bound to a host's thread: no signal is raised, and a server that takes nothing is
// left to the writer.

// mostDirect is how long the data of such a message may be: it is copied, to be written at once.
const mostDirect = 32 << 10

// errOccupied: the message can't be written past the client, now; nothing of it is.
var errOccupied = errors.New("the connection is occupied")

// put writes a message past the client. errOccupied: the writer has to. Any other error: it is certain that no server has it.
func (l *Link) put(subject, reply string, data []byte) error {
	way := l.way.Load()
	switch {
	case way == nil || len(data) > mostDirect || !l.writer.isIdle():
		return errOccupied
	case !l.Up():
		return errLost
	}
	return way.publish(subject, reply, data)
}

// open returns the connection that the client has, if messages may be written past it; else nil.
func (d *dialer) open(client *nats.Conn) *hasty {
	h := d.current.Load()
	if _, err := client.TLSConnectionState(); !errors.Is(err, nats.ErrConnectionNotTLS) || h == nil || !h.isOpen() {
		return nil
	}
	return h
}

// isOpen reports whether the client is through with its first words, and messages can be written past it.
func (h *hasty) isOpen() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.greeted && h.direct.conn != nil
}

// direct writes without the client.
type direct struct {
	conn    syscall.RawConn // nil: it can't be done here
	line    []byte          // the message, as it is sent
	written int             // of it
	failed  error
	push    func(fd uintptr) (done bool) // a method value costs memory each time
}

func (d *direct) use(conn net.Conn) {
	c, ok := conn.(syscall.Conn)
	if !ok || !sendsQuietly {
		return
	}
	if raw, err := c.SyscallConn(); err == nil {
		d.conn, d.push = raw, d.send
	}
}

// publish writes a whole message, or none of it and returns errOccupied, and doesn't wait: what there is no room for now is
// written later. Another error: the connection is at its end, and the server hasn't got the message.
func (h *hasty) publish(subject, reply string, data []byte) error {
	if !h.mu.TryLock() {
		return errOccupied
	}
	defer h.mu.Unlock()
	if len(h.rest) > 0 {
		return errOccupied
	}
	d := &h.direct
	d.line = appendPublish(d.line[:0], subject, reply, data)
	d.written, d.failed = 0, nil
	err := h.hurry()
	if err == nil {
		err = d.conn.Write(d.push)
	}
	if err == nil {
		err = d.failed
	}
	switch {
	case err != nil:
		_ = h.Close() // what comes after a part of a message would be taken for the rest of it
		return errLost
	case d.written == 0:
		return errOccupied
	case d.written < len(d.line):
		h.rest = d.line[d.written:]
		go h.finish() // ends when it is written, or with the connection, which it ends in time
	}
	return nil
}

// finish writes the rest of a message.
func (h *hasty) finish() {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.writeRest() // an error ends the connection, and the client tells
}

// send writes what there is room for.
func (d *direct) send(fd uintptr) (done bool) {
	for d.written < len(d.line) {
		n, err := sendQuietly(fd, d.line[d.written:])
		switch {
		case err == nil:
			d.written += n
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return true
		default:
			d.failed = err
			return true
		}
	}
	return true
}

// appendPublish appends a message as the protocol of the servers has it:
// https://docs.nats.io/reference/reference-protocols/nats-protocol#pub
func appendPublish(b []byte, subject, reply string, data []byte) []byte {
	b = append(b, "PUB "...)
	b = append(b, subject...)
	if reply != "" {
		b = append(append(b, ' '), reply...)
	}
	b = strconv.AppendInt(append(b, ' '), int64(len(data)), 10)
	b = append(append(b, "\r\n"...), data...)
	return append(b, "\r\n"...)
}
