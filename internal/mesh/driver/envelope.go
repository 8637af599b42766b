package driver

import (
	"context"
	"errors"
	"sync"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// envelope is one on its way.
type envelope struct {
	queue   *queue
	counter uint64
	parts   []part
	lists   [][]event.Event // of the parts
	data    []byte
	size    int // of data, at most
	until   time.Time
	began   time.Time
}

// part is the events of one post that are in an envelope.
type part struct {
	post   *post
	events int
}

var envelopes = sync.Pool{New: func() any { return new(envelope) }}

// start stores the envelope, and has its posts told.
func (e *envelope) start() {
	if !e.queue.fits(int64(e.size)) {
		go e.wait() // ends with an answer of the servers, at the latest when its time is over
		return
	}
	e.try()
}

// wait stores the envelope if there is room for it after all.
func (e *envelope) wait() {
	if err := e.queue.room(int64(e.size), e.until); err != nil {
		e.end(0, err)
		return
	}
	e.try()
}

// try stores the envelope where all is as it should be.
func (e *envelope) try() {
	e.counter = e.queue.number()
	id := e.queue.poster.self
	id.Counter = e.counter
	e.data = wire.AppendEnvelopeOf(e.data[:0], id, e.lists...)
	ctx, cancel := context.WithTimeout(context.Background(), firstTry(e.until))
	e.queue.poster.server.StoreAsync(ctx, e.queue.subject, e.data, link.Storing{}, func(sequence uint64, err error) {
		cancel()
		doubt := errors.Is(err, link.ErrDoubt)
		switch {
		case err == nil:
			e.end(sequence, nil)
		case doubt || errors.Is(err, link.ErrDown):
			go e.insist(err, doubt) // ends when it is stored or its time is over
		default:
			e.queue.poster.refused(err)
			e.end(0, link.Fault(err, "the events were not stored"))
		}
	})
}

func firstTry(until time.Time) time.Duration {
	return max(time.Until(until)/2, 100*time.Millisecond)
}

// insist tries again until the time is over: the same bytes, so that the daemon sees them once. doubt: they may be
// stored already.
func (e *envelope) insist(err error, doubt bool) {
	server := e.queue.poster.server
	ctx, cancel := context.WithDeadline(context.Background(), e.until)
	defer cancel()
	for {
		if ctx.Err() == nil {
			_ = server.Wait(ctx) // an error: the time is over, or the next try tells
		}
		if ctx.Err() != nil || !clock.Sleep(ctx, 5*time.Millisecond) {
			e.giveUp(err, doubt)
			return
		}
		var sequence uint64
		try, end := context.WithTimeout(ctx, firstTry(e.until))
		sequence, err = server.Store(try, e.queue.subject, e.data, link.Storing{})
		end()
		switch {
		case err == nil:
			e.end(sequence, nil)
			return
		case errors.Is(err, link.ErrDoubt):
			doubt = true
		case errors.Is(err, link.ErrDown):
		case !doubt:
			e.queue.poster.refused(err)
			e.end(0, link.Fault(err, "the events were not stored"))
			return
		}
	}
}

// giveUp ends an envelope whose time is over.
func (e *envelope) giveUp(err error, doubt bool) {
	if !doubt {
		e.end(0, link.Fault(err, "the events were not stored"))
		return
	}
	e.queue.mu.Lock()
	e.queue.note(e.counter, int64(len(e.data)))
	e.queue.mu.Unlock()
	e.end(0, fault.New(fault.Timeout, "the servers of the mesh have not said in time whether the events are stored: post the same again"))
}

// end tells the posts, and has stored what waits.
func (e *envelope) end(sequence uint64, err *fault.Error) {
	q := e.queue
	q.settle(e, sequence, err)
	// What wasn't stored may still be on its way to the servers, so nobody else gets its memory.
	if err != nil || cap(e.data) > 2*EnvelopeBytes {
		e.data = nil
	}
	clear(e.parts[:cap(e.parts)])
	clear(e.lists)
	*e = envelope{parts: e.parts[:0], lists: e.lists[:0], data: e.data}
	envelopes.Put(e)
	q.send()
}
