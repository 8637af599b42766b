//go:build mesh

package link

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
	"go.uber.org/atomic"
)

// calls are the requests that wait for answers. All answers come on one subscription, to subjects that end with
// the call's number.
type calls struct {
	link   *Link
	prefix string // of the subjects of answers, with the last dot

	mu   sync.Mutex // guards what follows
	next uint64
	open map[uint64]*call
}

// call is one request. Exactly one of its ends happens: the one that takes it out of the map.
type call struct {
	number  uint64
	subject string
	state   atomic.Int32
	// take gets an answer, on the goroutine of the subscription, and tells whether it is the last one. It may be
	// called for an answer that comes as the call ends.
	take func(*nats.Msg) (last bool)
	// end is called once, with what take has ended with: nil, or with why there is no answer.
	end func(error)
}

// The states of a call. Only one that waits can be given up with the certainty that it is never sent.
const (
	callWaits int32 = iota
	callSent        // or about to be: where the connection is occupied, it waits again
	callGivenUp
)

func newCalls(l *Link) *calls {
	// Two processes may have one node's id for a moment: neither may take the other's answers for its own.
	return &calls{link: l, prefix: l.inbox + "." + nuid.Next() + ".", open: map[uint64]*call{}}
}

// subscribe begins with answers. Runs on the writer.
func (c *calls) subscribe(conn *nats.Conn) error {
	sub, err := conn.Subscribe(c.prefix+"*", c.answer)
	if err != nil {
		return err
	}
	return sub.SetPendingLimits(-1, -1)
}

// answer takes what a server or node has answered.
func (c *calls) answer(m *nats.Msg) {
	number, err := strconv.ParseUint(strings.TrimPrefix(m.Subject, c.prefix), 36, 64)
	if err != nil {
		return
	}
	c.mu.Lock()
	k := c.open[number]
	c.mu.Unlock()
	if k != nil && k.take(m) && c.close(k) {
		k.end(nil)
	}
}

// close takes a call out; false: it has ended already.
func (c *calls) close(k *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[k.number] != k {
		return false
	}
	delete(c.open, k.number)
	return true
}

// fail ends a call without an answer. In doubt if it has been sent.
func (c *calls) fail(k *call, why string) {
	class := ErrDoubt
	if k.state.Swap(callGivenUp) == callWaits {
		class = ErrDown
	}
	if c.close(k) {
		k.end(&Error{Class: class, Detail: why})
	}
}

// failSent ends all calls whose answers the lost connection would have brought.
func (c *calls) failSent(why string) {
	for _, k := range c.all() {
		if k.state.Load() == callSent {
			c.fail(k, why)
		}
	}
}

// failAll ends all calls, those that were sent in doubt.
func (c *calls) failAll(why *Error) {
	for _, k := range c.all() {
		c.fail(k, why.Detail)
	}
}

// refuse ends the calls to a subject that the server doesn't let this node send to.
func (c *calls) refuse(subject, why string) {
	for _, k := range c.all() {
		if k.subject == subject && c.close(k) {
			k.end(&Error{Class: ErrRefused, Detail: why})
		}
	}
}

func (c *calls) all() []*call {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*call, 0, len(c.open))
	for _, k := range c.open {
		all = append(all, k)
	}
	return all
}

// start sends a call, here: on the caller's goroutine; k.end tells how it went, sooner or later, also that it was never
// sent.
func (c *calls) start(ctx context.Context, here bool, k *call, messages ...*nats.Msg) {
	last := messages[len(messages)-1]
	k.subject = last.Subject
	c.mu.Lock()
	c.next++
	k.number = c.next
	c.open[k.number] = k
	c.mu.Unlock()
	last.Reply = c.prefix + strconv.FormatUint(k.number, 36)
	var err error
	switch {
	case len(messages) == 1 && c.put(k, last):
	case here:
		c.send(c.link.conn, k, messages)
	default:
		err = c.link.writer.do(ctx, func(conn *nats.Conn) { c.send(conn, k, messages) })
	}
	if err == nil {
		select {
		case <-c.link.closed: // its job may never run, and its answer never come
			c.fail(k, errClosed.Detail)
		default:
		}
		return
	}
	if k.state.CompareAndSwap(callWaits, callGivenUp) && c.close(k) {
		k.end(err)
	}
}

// put sends a call past the client. False: it can't be, and isn't sent.
func (c *calls) put(k *call, m *nats.Msg) bool {
	way := c.link.past(m)
	if way == nil {
		return false
	}
	c.mu.Lock() // no call ends, and lets others have its data, while that is copied
	if c.open[k.number] != k || !k.state.CompareAndSwap(callWaits, callSent) {
		c.mu.Unlock()
		way.mu.Unlock()
		return true
	}
	way.fill(m)
	c.mu.Unlock()
	switch err := c.link.push(way); {
	case errors.Is(err, errOccupied):
		return !k.state.CompareAndSwap(callSent, callWaits) // it may have been given up meanwhile
	case err != nil && c.close(k):
		k.end(err)
	}
	return true
}

// send runs on the writer, or on a goroutine that is no host's.
func (c *calls) send(conn *nats.Conn, k *call, messages []*nats.Msg) {
	if !k.state.CompareAndSwap(callWaits, callSent) {
		return
	}
	for i, m := range messages {
		// Without a connection the client may be about to make one, which can last.
		err := nats.ErrReconnectBufExceeded
		if c.link.Up() {
			err = conn.PublishMsg(m)
		}
		if err == nil {
			continue
		}
		if c.close(k) {
			k.end(unsent(err, i < len(messages)-1 || certainly(err)))
		}
		return
	}
}

// unsent is the error of a publish that the client refused. In a batch, what comes before the last message is
// never stored without it.
func unsent(err error, certain bool) error {
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return &Error{Class: ErrTooLarge, Detail: err.Error()}
	case errors.Is(err, nats.ErrBadSubject), errors.Is(err, nats.ErrHeadersNotSupported):
		return &Error{Class: ErrRefused, Detail: err.Error()}
	case certain:
		return errLost
	}
	return &Error{Class: ErrDoubt, Detail: err.Error()}
}

// certainly tells whether the client had checked before it wrote anything. ErrReconnectBufExceeded is what it
// says while it is not connected, as its buffer for that time is off.
func certainly(err error) bool {
	return errors.Is(err, nats.ErrReconnectBufExceeded) || errors.Is(err, nats.ErrConnectionClosed) ||
		errors.Is(err, nats.ErrConnectionDraining) || errors.Is(err, nats.ErrMaxPayload)
}

// ask sends a request and gives take its answers until take says that it was the last, on another goroutine.
func (c *calls) ask(ctx context.Context, m *nats.Msg, take func(*nats.Msg) (last bool)) error {
	return c.askAll(ctx, false, []*nats.Msg{m}, take)
}

// askAll is ask for messages of which only the last is answered.
func (c *calls) askAll(ctx context.Context, here bool, messages []*nats.Msg, take func(*nats.Msg) (last bool)) error {
	ctx, cancel := c.link.limit(ctx)
	defer cancel()
	result := make(chan error, 1)
	k := &call{take: take, end: func(err error) { result <- err }}
	c.start(ctx, here, k, messages...)
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		c.fail(k, late(ctx))
		return <-result
	}
}

func late(ctx context.Context) string {
	if errors.Is(ctx.Err(), context.Canceled) {
		return "the wait was ended"
	}
	return "there was no answer in time"
}

// nobody tells whether the answer is the server's word that no one listens there.
func nobody(m *nats.Msg) bool {
	return len(m.Data) == 0 && m.Header.Get("Status") == "503"
}
