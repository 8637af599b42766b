package orders

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	json "github.com/goccy/go-json"
	"go.uber.org/atomic"
)

// ErrRepeated is what Keeper.Nonce returns for a nonce that is there already.
var ErrRepeated = errors.New("the nonce is there already")

// A Keeper is the mesh as orders need it.
type Keeper interface {
	// Nonce keeps a nonce (hex digits) for at least ttl, or returns ErrRepeated.
	Nonce(ctx context.Context, nonce string, ttl time.Duration) error
	// Audit adds a record to the audit stream, and returns when it is stored.
	Audit(ctx context.Context, record []byte) error
}

// nonceGrace is how long a nonce stays after the end of its order: as long as a clock may have been set back meanwhile.
const nonceGrace = time.Minute

// A Taker takes the orders of one node. Its methods may be called at once.
type Taker struct {
	Who    Who
	Keeper Keeper
	Warn   func(message string) // the node's log

	refused atomic.Uint64
	taken   atomic.Uint64
}

// Take returns the order of a message, which is in the audit stream then and is to be carried out. A refused one is
// counted and logged.
func (t *Taker) Take(ctx context.Context, data []byte, now time.Time) (*Order, *Refusal) {
	s, refusal := t.Who.verify(data, now)
	if refusal == nil {
		refusal = t.keep(ctx, s, now)
	}
	if refusal != nil {
		t.refused.Inc()
		t.Warn("order refused: " + refusal.Error())
		return nil, refusal
	}
	t.taken.Inc()
	return &s.order, nil
}

// Taken and Refused count.
func (t *Taker) Taken() uint64   { return t.taken.Load() }
func (t *Taker) Refused() uint64 { return t.refused.Load() }

// keep keeps the nonce first: of two nodes, or two copies of an order, only one gets past it.
func (t *Taker) keep(ctx context.Context, s *signed, now time.Time) *Refusal {
	life := s.order.Expires.Sub(now) + nonceGrace
	switch err := t.Keeper.Nonce(ctx, hex.EncodeToString(s.order.Nonce[:]), life); {
	case errors.Is(err, ErrRepeated):
		return refuse(Repeated, "the order has been given before")
	case err != nil:
		return refuse(NotRecorded, "the mesh doesn't keep its nonce: %v", err)
	}
	if err := t.Keeper.Audit(ctx, s.record(now)); err != nil {
		return refuse(NotRecorded, "the mesh doesn't keep a record of it: %v", err)
	}
	return nil
}

// A Record is an order in the audit stream.
type Record struct {
	V         int               `json:"v"`
	TimeMS    int64             `json:"time_ms"` // by the clock of the node
	Mesh      string            `json:"mesh"`
	Node      string            `json:"node"`
	Instance  string            `json:"instance"`
	Key       string            `json:"key"` // of the operator
	Command   Command           `json:"command"`
	Arguments map[string]string `json:"arguments"`
	ExpiresMS int64             `json:"expires_ms"`
	Nonce     string            `json:"nonce"`
	Signature string            `json:"signature"`
}

func (s *signed) record(now time.Time) []byte {
	o := &s.order
	arguments := o.Arguments
	if arguments == nil {
		arguments = map[string]string{}
	}
	text, err := json.Marshal(Record{
		V: Version, TimeMS: now.UnixMilli(), Mesh: o.Mesh, Node: hex16(o.Node), Instance: hex16(o.Instance),
		Key: hex.EncodeToString(s.key[:]), Command: o.Command, Arguments: arguments,
		ExpiresMS: o.Expires.UnixMilli(), Nonce: hex.EncodeToString(o.Nonce[:]),
		Signature: hex.EncodeToString(s.signature[:]),
	})
	if err != nil {
		panic(err) // texts and numbers only
	}
	return text
}
