package remote

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	json "github.com/goccy/go-json"
	"github.com/nats-io/nats.go"

	"netmeshos/internal/mesh/link"
)

// server is what a poster asks of the servers: a driver.Server as far as it needs one.
type server struct{ mesh *Mesh }

// errUnused: a poster needs no such thing.
var errUnused = &link.Error{Class: link.ErrRefused, Detail: "this program doesn't do that"}

// Store implements driver.Server.
func (s server) Store(ctx context.Context, subject string, data []byte, how link.Storing) (uint64, error) {
	m := &nats.Msg{Subject: subject, Data: data, Header: nats.Header{}}
	if how.Expect != nil {
		m.Header.Set("Nats-Expected-Last-Subject-Sequence", strconv.FormatUint(*how.Expect, 10))
	}
	if how.TTL > 0 {
		m.Header.Set("Nats-TTL", strconv.FormatInt(max(1, int64(how.TTL/time.Second)), 10))
	}
	if !s.mesh.conn.IsConnected() {
		return 0, errDown
	}
	answer, err := s.mesh.conn.RequestMsgWithContext(ctx, m)
	if err != nil {
		if words := s.mesh.forbidden.Load(); words != nil {
			return 0, &link.Error{Class: link.ErrRefused, Detail: *words}
		}
		return 0, &link.Error{Class: link.ErrDoubt, Detail: err.Error()}
	}
	var ack struct {
		Error *struct {
			Status int    `json:"code"`
			Code   int    `json:"err_code"`
			Detail string `json:"description"`
		} `json:"error"`
		Sequence uint64 `json:"seq"`
	}
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		return 0, &link.Error{Class: link.ErrDoubt, Detail: "the answer is no acknowledgement"}
	}
	if e := ack.Error; e != nil {
		return 0, link.Classify(e.Status, e.Code, e.Detail)
	}
	return ack.Sequence, nil
}

var errDown = &link.Error{Class: link.ErrDown, Detail: "the connection to them is lost"}

// StoreAsync implements driver.Server.
func (s server) StoreAsync(ctx context.Context, subject string, data []byte, how link.Storing, done func(uint64, error)) {
	go func() { done(s.Store(ctx, subject, data, how)) }() // ends with ctx
}

// Last implements driver.Server.
func (s server) Last(ctx context.Context, subject string) (link.Message, error) {
	m, err := s.mesh.js.GetLastMsg(s.mesh.Names.StreamFor(subject), subject, nats.Context(ctx))
	switch {
	case errors.Is(err, nats.ErrMsgNotFound):
		return link.Message{}, &link.Error{Class: link.ErrNone}
	case err != nil:
		return link.Message{}, &link.Error{Class: link.ErrDoubt, Detail: err.Error()}
	}
	return link.Message{Subject: m.Subject, Sequence: m.Sequence, Time: m.Time, Header: m.Header, Data: m.Data, Marker: m.Header.Get(markerHeader)}, nil
}

// errEnough ends the reading of more.
var errEnough = errors.New("enough")

// Read implements driver.Server.
func (s server) Read(_ context.Context, stream string, filters []string, from uint64, limit int) (all []link.Message, err error) {
	if len(filters) != 1 {
		return nil, errUnused
	}
	return s.list(stream, filters[0], from, limit, false)
}

// LastOf implements driver.Server.
func (s server) LastOf(_ context.Context, stream, filter string) ([]link.Message, error) {
	return s.list(stream, filter, 0, 0, true)
}

func (s server) list(stream, filter string, from uint64, limit int, lasts bool) (all []link.Message, err error) {
	err = s.mesh.read(stream, filter, from, lasts, func(m Stored) error {
		if !m.Marker {
			all = append(all, link.Message{Subject: m.Subject, Sequence: m.Sequence, Time: m.Time, Data: m.Data})
		}
		if len(all) == limit && limit > 0 {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, &link.Error{Class: link.ErrDoubt, Detail: err.Error()}
	}
	return all, nil
}

// Wait implements driver.Server: the connection doesn't come back.
func (s server) Wait(ctx context.Context) error {
	if s.mesh.conn.IsConnected() {
		return ctx.Err()
	}
	return errDown
}

// MaxData implements driver.Server.
func (s server) MaxData() int { return int(s.mesh.conn.MaxPayload()) - link.Reserve }

// StoreBatch implements driver.Server.
func (s server) StoreBatch(context.Context, []link.BatchPart, link.Storing) (uint64, error) {
	return 0, errUnused
}

// Purge implements driver.Server.
func (s server) Purge(context.Context, string, string, uint64) error { return errUnused }

// Publish implements driver.Server.
func (s server) Publish(string, []byte) error { return errUnused }

// noteForbidden notes what the servers forbid.
func (m *Mesh) noteForbidden(_ *nats.Conn, _ *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrPermissionViolation) {
		words := fmt.Sprintf("%v: `meshos users` makes credentials that may", err)
		m.forbidden.Store(&words)
	}
}
