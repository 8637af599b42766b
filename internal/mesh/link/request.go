//go:build mesh

package link

import (
	"context"
	"errors"
	"sync"

	"github.com/nats-io/nats.go"
)

// Publish sends a message that nothing stores to whoever follows the subject now. Nil means that it was handed to
// the connection, not that anybody has it. It doesn't wait for a server that is slow.
func (l *Link) Publish(subject string, data []byte) error {
	if err := l.fits(data); err != nil {
		return err
	}
	if !l.Up() {
		return errLost
	}
	if err := l.put(&nats.Msg{Subject: subject, Data: data}); !errors.Is(err, errOccupied) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.options.RequestTimeout)
	defer cancel()
	return l.writer.do(ctx, func(conn *nats.Conn) {
		if l.Up() {
			_ = conn.Publish(subject, data)
		}
	})
}

// Request asks who serves a subject. Errors: ErrNobody, ErrDown, ErrDoubt (no answer in time, or the connection was
// lost), ErrTooLarge, ErrRefused. Without a deadline in ctx it waits for RequestTimeout.
func (l *Link) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	if err := l.fits(data); err != nil {
		return nil, err
	}
	var answer *nats.Msg
	err := l.calls.ask(ctx, &nats.Msg{Subject: subject, Data: data}, func(m *nats.Msg) bool {
		answer = m
		return true
	})
	if err != nil {
		return nil, err
	}
	if nobody(answer) {
		return nil, &Error{Class: ErrNobody}
	}
	return answer.Data, nil
}

// Request is what a client has asked.
type Request struct {
	Subject string
	Data    []byte
	reply   string
	link    *Link
}

// Respond answers, once, from any goroutine. Nil as with Publish.
func (r Request) Respond(data []byte) error {
	if r.reply == "" {
		return nil // nobody waits
	}
	return r.link.Publish(r.reply, data)
}

// RespondHere is Respond for goroutines that are no host's: it writes on the caller's, which spares whoever waits the way
// to another.
func (r Request) RespondHere(data []byte) error {
	if r.reply == "" {
		return nil // nobody waits
	}
	if err := r.link.fits(data); err != nil {
		return err
	}
	if !r.link.Up() {
		return errLost
	}
	if err := r.link.put(&nats.Msg{Subject: r.reply, Data: data}); !errors.Is(err, errOccupied) {
		return err
	}
	if err := r.link.conn.Publish(r.reply, data); err != nil {
		return &Error{Class: ErrDown, Detail: err.Error()}
	}
	return nil
}

// served hands requests to those who serve them. Subscriptions share one channel and one goroutine, so that
// thousands cost little.
type served struct {
	link     *Link
	requests chan *nats.Msg
	ended    chan struct{}

	mu sync.Mutex // guards by
	by map[*nats.Subscription]func(Request)
}

// newServed starts the goroutine, which ends when the link is closed.
func newServed(l *Link) *served {
	s := &served{link: l, requests: make(chan *nats.Msg, 4096), ended: make(chan struct{}), by: map[*nats.Subscription]func(Request){}}
	go func() {
		defer close(s.ended)
		for {
			select {
			case m := <-s.requests:
				s.hand(m)
			case <-l.closed:
				return
			}
		}
	}()
	return s
}

func (s *served) hand(m *nats.Msg) {
	s.mu.Lock()
	f := s.by[m.Sub]
	s.mu.Unlock()
	if f != nil {
		f(Request{m.Subject, m.Data, m.Reply, s.link})
	}
}

func (s *served) wait() { <-s.ended }

// Serve calls f with each request to a subject or pattern, in order, on one goroutine of the link that all served
// subjects share: f must not block, nor wait for this link; it may hand the request to another goroutine. When
// Serve returns, the server knows the subject; after stop has returned, clients get ErrNobody at once if nobody
// else serves it.
func (l *Link) Serve(subject string, f func(Request)) (stop func(), err error) {
	ctx, cancel := l.limit(context.Background())
	defer cancel()
	var sub *nats.Subscription
	err = l.writer.run(ctx, func(conn *nats.Conn) error {
		l.served.mu.Lock() // a request may come before it is entered otherwise
		defer l.served.mu.Unlock()
		made, err := conn.ChanSubscribe(subject, l.served.requests)
		if err != nil {
			return &Error{Class: ErrDown, Detail: err.Error()}
		}
		sub, l.served.by[made] = made, f
		return nil
	})
	if err != nil {
		return nil, err
	}
	stop = sync.OnceFunc(func() {
		_ = l.writer.run(context.Background(), func(*nats.Conn) error { return sub.Unsubscribe() })
		l.served.mu.Lock()
		delete(l.served.by, sub)
		l.served.mu.Unlock()
		if l.Up() {
			_ = l.roundTrip(context.Background())
		}
	})
	// Without a connection the client subscribes when it has one again.
	if l.Up() {
		err := l.roundTrip(ctx)
		if err == nil {
			err = l.denied(subject)
		} else if !l.Up() {
			err = nil
		}
		if err != nil {
			stop()
			return nil, err
		}
	}
	return stop, nil
}
