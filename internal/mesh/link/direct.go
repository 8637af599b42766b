//go:build mesh

package link

import (
	"errors"
	"net"
	"strconv"
	"syscall"

	"github.com/nats-io/nats.go"
)

// A short message goes past the client where that can be: on a connection without TLS, while nothing waits for
// the writer, so that the messages of one caller keep their order. The client wakes its goroutine for flushing with each message
// that it takes, also for one that it has written already. That costs a thread's wake-up; and where a host's thread has
// published, the goroutine waits on the processor that Go lets this thread keep, until somebody misses it.
//
// Any goroutine may do it, also one that is bound to a host's thread: no signal is raised, and what a server doesn't take at
// once is left to others.

// mostDirect is how long such a message may be, with its headers: it is copied, and every server that the mesh uses takes it.
const mostDirect = LeastMessage

// errOccupied: the message can't be written past the client, now; nothing of it is.
var errOccupied = errors.New("the connection is occupied")

// put writes a message past the client. errOccupied: somebody else has to. errLost: it is certain that no server has it.
func (l *Link) put(m *nats.Msg) error {
	way := l.past(m)
	if way == nil {
		return errOccupied
	}
	way.fill(m)
	return l.push(way)
}

// past returns the connection, locked for a message past the client, which fill and push write; nil: it can't be, now.
func (l *Link) past(m *nats.Msg) *hasty {
	way := l.way.Load()
	if way == nil || headerLength(m)+len(m.Data) > mostDirect || !l.writer.isIdle() || !way.mu.TryLock() {
		return nil
	}
	if len(way.rest) > 0 {
		way.mu.Unlock()
		return nil
	}
	return way
}

// push writes the message and unlocks the connection. Errors: errLost and errOccupied, as put.
func (l *Link) push(way *hasty) error {
	defer way.mu.Unlock()
	if !l.Up() {
		return errLost
	}
	err := way.push()
	if way.direct.ended {
		l.way.CompareAndSwap(way, nil)
	}
	return err
}

// open lets messages go past the client, if they can. The server has answered something on this connection: before that
// it may not have said how long a message of this user may be.
func (l *Link) open(client *nats.Conn) {
	way := l.dialer.current.Load()
	// In this order: the client is through with its first words on the connection that it has made last, or that one is closed.
	if way == nil || way.direct.conn == nil || !client.IsConnected() || !way.isPlain() || client.MaxPayload() < mostDirect {
		return
	}
	l.way.Store(way)
	if l.dialer.current.Load() != way {
		l.way.CompareAndSwap(way, nil) // it may have come after the one that stands now
	}
}

// direct writes without the client.
type direct struct {
	conn    syscall.RawConn // nil: it can't be done here
	line    []byte          // the message, as it is sent
	written int             // of it
	failed  error
	ended   bool                         // the connection has, for an error
	send    func(fd uintptr) (done bool) // a method value, which costs memory each time
}

func (d *direct) use(conn net.Conn) {
	c, ok := conn.(syscall.Conn)
	if !ok || !sendsQuietly {
		return
	}
	if raw, err := c.SyscallConn(); err == nil {
		d.conn, d.send = raw, d.sendLine
	}
}

// fill takes a copy of a message. It needs mu.
func (h *hasty) fill(m *nats.Msg) {
	h.direct.line = appendMessage(h.direct.line[:0], m)
}

// push writes the whole message, or none of it and returns errOccupied, and doesn't wait: what there is no room for now is
// written later. errLost: the connection has ended with a part of it, so that the server hasn't got the message. It needs mu.
func (h *hasty) push() error {
	d := &h.direct
	d.written, d.failed = 0, nil
	err := h.hurry()
	if err == nil {
		err = d.conn.Write(d.send)
	}
	if err == nil {
		err = d.failed
	}
	switch {
	case err != nil:
		d.ended = true
		_ = h.Close() // what comes after a part of a message would be taken for the rest of it
		if d.written > 0 {
			return errLost
		}
		return errOccupied // the client knows what comes of it
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

// sendLine writes what there is room for.
func (d *direct) sendLine(fd uintptr) (done bool) {
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

const headersBegin = "NATS/1.0\r\n"

// headerLength is how long the headers of a message are as they are sent; 0: it has none.
func headerLength(m *nats.Msg) int {
	if len(m.Header) == 0 {
		return 0
	}
	length := len(headersBegin) + len("\r\n")
	for key, values := range m.Header {
		for _, value := range values {
			length += len(key) + len(": ") + len(value) + len("\r\n")
		}
	}
	return length
}

// appendMessage appends a message as the protocol of the servers has it:
// https://docs.nats.io/reference/reference-protocols/nats-protocol#pub and #hpub. Nothing in it has an end of a line but the
// data, and subjects have no blanks: they are those of Names, or the server's, and headers are numbers and ids.
func appendMessage(b []byte, m *nats.Msg) []byte {
	headers := headerLength(m)
	if headers > 0 {
		b = append(b, 'H')
	}
	b = append(append(b, "PUB "...), m.Subject...)
	if m.Reply != "" {
		b = append(append(b, ' '), m.Reply...)
	}
	if headers > 0 {
		b = strconv.AppendInt(append(b, ' '), int64(headers), 10)
	}
	b = strconv.AppendInt(append(b, ' '), int64(headers+len(m.Data)), 10)
	b = append(b, "\r\n"...)
	if headers > 0 {
		b = append(b, headersBegin...)
		for key, values := range m.Header {
			for _, value := range values {
				b = append(append(append(append(b, key...), ": "...), value...), "\r\n"...)
			}
		}
		b = append(b, "\r\n"...)
	}
	return append(append(b, m.Data...), "\r\n"...)
}
