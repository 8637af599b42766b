//go:build mesh

package link

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/goccy/go-json"
	"github.com/nats-io/nats.go"
)

// Store stores one message and returns its sequence, the earlier one if the server dropped it as a repetition of
// an ID. Errors: ErrConflict, ErrFull, ErrDoubt, ErrDown, ErrTooLarge, ErrRefused. Without a deadline in ctx it
// waits for RequestTimeout. While there is no connection it fails at once: see Wait.
func (l *Link) Store(ctx context.Context, subject string, data []byte, s Storing) (sequence uint64, err error) {
	m, err := l.message(subject, data, s)
	if err != nil {
		return 0, err
	}
	return l.store(ctx, s.Here, m)
}

func (l *Link) store(ctx context.Context, here bool, messages ...*nats.Msg) (uint64, error) {
	stream := l.options.Names.StreamFor(messages[0].Subject)
	var sequence uint64 // no result of this function: an answer may come as it returns an error
	var refused error
	err := l.calls.askAll(ctx, here, messages, func(answer *nats.Msg) bool {
		sequence, refused = stored(answer)
		return true
	})
	if err == nil {
		err = refused
	}
	l.emptied(stream, err)
	if errors.Is(err, errNobodyStores) {
		err = l.lacking(ctx, stream, err)
	}
	if err != nil {
		return 0, err
	}
	return sequence, nil
}

// errNobodyStores: no stream has taken it, but one may have been about to: a leader that goes.
var errNobodyStores = &Error{Class: ErrDoubt, Detail: "no server stores it now"}

// StoreAsync is Store for many in flight: done is called once, on a goroutine of the link or, if it is never sent,
// on the caller's, and must not block. Messages of one caller reach the servers in the order of its calls. data
// must not change before done is called.
func (l *Link) StoreAsync(ctx context.Context, subject string, data []byte, s Storing, done func(sequence uint64, err error)) {
	m, err := l.message(subject, data, s)
	if err != nil {
		done(0, err)
		return
	}
	done = l.explained(subject, done)
	ctx, cancel := l.limit(ctx)
	var sequence uint64
	var refused error
	k := &call{}
	late := context.AfterFunc(ctx, func() { l.calls.fail(k, late(ctx)) })
	k.take = func(answer *nats.Msg) bool {
		sequence, refused = stored(answer)
		return true
	}
	k.end = func(err error) {
		late()
		cancel()
		if err == nil {
			err = refused
		}
		if err != nil {
			sequence = 0
		}
		done(sequence, err)
	}
	l.calls.start(ctx, s.Here, k, m)
	if ctx.Err() != nil { // perhaps before there was a call that could end
		l.calls.fail(k, "there was no answer in time")
	}
}

// StoreBatch stores all parts, one after the other, or none: at most MaxBatch, of one stream. The expectation, the
// TTL and the ID are the last part's, and no other part may have its subject if there is an expectation. Returns
// the last part's sequence. Errors as Store's; a repetition of an ID is ErrConflict, as the server doesn't tell its
// sequence.
func (l *Link) StoreBatch(ctx context.Context, parts []BatchPart, s Storing) (sequence uint64, err error) {
	switch {
	case len(parts) == 0:
		return 0, &Error{Class: ErrRefused, Detail: "the batch is empty"}
	case len(parts) > MaxBatch:
		return 0, &Error{Class: ErrTooLarge, Detail: fmt.Sprintf("a batch of %d messages, of which %d are the most", len(parts), MaxBatch)}
	case len(parts) == 1:
		s.Rollup = s.Rollup || parts[0].Rollup
		return l.Store(ctx, parts[0].Subject, parts[0].Data, s)
	}
	// A batch that is sent again is another one for the server.
	id := rand.Text()
	messages := make([]*nats.Msg, len(parts))
	for i, part := range parts {
		storing := Storing{Rollup: part.Rollup}
		if i == len(parts)-1 {
			storing = s
			storing.Rollup = s.Rollup || part.Rollup
		}
		m, err := l.message(part.Subject, part.Data, storing)
		if err != nil {
			return 0, err
		}
		if m.Header == nil {
			m.Header = nats.Header{}
		}
		m.Header["Nats-Batch-Id"] = []string{id}
		m.Header["Nats-Batch-Sequence"] = []string{strconv.Itoa(i + 1)}
		messages[i] = m
	}
	messages[len(messages)-1].Header["Nats-Batch-Commit"] = []string{"1"}
	return l.store(ctx, s.Here, messages...)
}

// Remove stores a marker in place of a subject's messages, so that whoever follows it sees that they are gone; after a
// minute nothing is left. For the meta stream. Returns the marker's sequence, which the next message's expectation
// may have to be. Errors as Store's.
func (l *Link) Remove(ctx context.Context, subject string, expect *uint64) (sequence uint64, err error) {
	m, err := l.message(subject, nil, Storing{Expect: expect, TTL: markerTTL})
	if err != nil {
		return 0, err
	}
	m.Header[markerHeader] = []string{"Remove"}
	return l.store(ctx, false, m)
}

// message makes what is sent; an error: it is too large.
func (l *Link) message(subject string, data []byte, s Storing) (*nats.Msg, error) {
	if err := l.fits(data); err != nil {
		return nil, err
	}
	m := &nats.Msg{Subject: subject, Data: data}
	if s.Here = false; s == (Storing{}) {
		return m, nil
	}
	m.Header = nats.Header{}
	if s.Expect != nil {
		m.Header["Nats-Expected-Last-Subject-Sequence"] = []string{strconv.FormatUint(*s.Expect, 10)}
	}
	if s.ID != "" {
		m.Header["Nats-Msg-Id"] = []string{s.ID}
	}
	if s.TTL > 0 {
		seconds := max(1, int64((s.TTL+time.Second-1)/time.Second))
		m.Header["Nats-TTL"] = []string{strconv.FormatInt(seconds, 10)}
	}
	if s.Rollup {
		m.Header["Nats-Rollup"] = []string{"sub"}
	}
	return m, nil
}

func (l *Link) fits(data []byte) error {
	if len(data) > l.MaxData() {
		return &Error{Class: ErrTooLarge, Detail: fmt.Sprintf("%d bytes, of which %d are the most", len(data), l.MaxData())}
	}
	return nil
}

// stored reads the acknowledgement of a message.
func stored(m *nats.Msg) (sequence uint64, err error) {
	if nobody(m) {
		return 0, errNobodyStores
	}
	var ack struct {
		Error    *apiError `json:"error"`
		Sequence uint64    `json:"seq"`
	}
	if err := json.Unmarshal(m.Data, &ack); err != nil {
		return 0, &Error{Class: ErrDoubt, Detail: "the answer is no acknowledgement"}
	}
	if ack.Error != nil {
		return 0, classify(ack.Error.Status, ack.Error.Code, ack.Error.Detail)
	}
	return ack.Sequence, nil
}
