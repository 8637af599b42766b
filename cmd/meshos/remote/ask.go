package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	json "github.com/goccy/go-json"
	"github.com/nats-io/nats.go"

	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/operators"
	"netmeshos/internal/mesh/orders"
)

// A Failure is what a node answers when it can't, or won't.
type Failure struct {
	Node          uint64
	Kind, Message string
}

func (f *Failure) Error() string {
	return fmt.Sprintf("node %016x: %s: %s", f.Node, f.Kind, f.Message)
}

// ask asks a node and returns the result of its answer; also of one that says that it failed.
func (m *Mesh) ask(ctx context.Context, node uint64, verb string, question any) (json.RawMessage, error) {
	data, raw := question.([]byte)
	if !raw && question != nil {
		var err error
		if data, err = json.Marshal(question); err != nil {
			return nil, err
		}
	}
	message, err := m.conn.RequestWithContext(ctx, m.Names.Node(node, verb), data)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fmt.Errorf("node %016x: %w: it serves no operators, or is gone", node, ErrUnreachable)
	case err != nil:
		return nil, fmt.Errorf("node %016x: %w: %w", node, ErrUnreachable, err)
	}
	var reply orders.Reply
	if err := json.Unmarshal(message.Data, &reply); err != nil || reply.V != orders.Version {
		return nil, fmt.Errorf("node %016x answers in a format that this program doesn't know", node)
	}
	if !reply.OK {
		return reply.Result, &Failure{node, reply.Kind, reply.Message}
	}
	return reply.Result, nil
}

// result asks and reads the result.
func result[T any](ctx context.Context, m *Mesh, node uint64, verb string, question any) (r T, err error) {
	text, err := m.ask(ctx, node, verb, question)
	if len(text) > 0 {
		if wrong := json.Unmarshal(text, &r); wrong != nil && err == nil {
			err = fmt.Errorf("node %016x: its answer: %w", node, wrong)
		}
	}
	return r, err
}

func (m *Mesh) packed(node uint64, verb string, question any) ([]byte, error) {
	ctx, cancel := m.within()
	defer cancel()
	p, err := result[operators.Packed](ctx, m, node, verb, question)
	if err != nil {
		return nil, err
	}
	return p.Unpack()
}

// Logs returns the lines of a node after a number, as net_meshos_ext_logs_json shows them.
func (m *Mesh) Logs(node, after uint64, limit int) ([]byte, error) {
	return m.packed(node, operators.VerbLogs, operators.LogsAsked{After: after, Limit: limit})
}

// Deliver has a daemon process an event, and returns what came of it.
func (m *Mesh) Deliver(daemon uint64, e operators.Event) ([]operators.Event, error) {
	any, err := m.Any()
	if err != nil {
		return nil, err
	}
	ctx, cancel := m.within()
	defer cancel()
	d, err := result[operators.Delivered](ctx, m, any.Node, operators.VerbDeliver,
		operators.Posting{Daemon: link.Hex(daemon), Events: []operators.Event{e}})
	return d.Outputs, err
}

// longest is how long a state may be on its way.
const longest = 10 * time.Minute

// Snapshot returns the state of a daemon.
func (m *Mesh) Snapshot(daemon uint64) ([]byte, error) {
	any, err := m.Any()
	if err != nil {
		return nil, err
	}
	var state []byte
	to := m.conn.NewInbox()
	sub, err := m.conn.Subscribe(to, func(piece *nats.Msg) { // one at a time, the last one before the answer
		state = append(state, piece.Data...)
		_ = piece.Respond(nil)
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	sent, err := result[operators.SnapshotSent](ctx, m, any.Node, operators.VerbSnapshot,
		operators.SnapshotAsked{Daemon: link.Hex(daemon), To: to})
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(state); len(state) != sent.Size || hex.EncodeToString(sum[:]) != sent.SHA256 {
		return nil, fmt.Errorf("node %016x sent %d bytes of state, %d other ones came", any.Node, sent.Size, len(state))
	}
	return state, nil
}

// orderLife is how long an order is good for. Clocks may differ by half of what nodes take.
const orderLife = orders.MaxLife / 2

// Order gives an order to a node, signed with an operator's seed.
func (m *Mesh) Order(to Lease, command orders.Command, arguments map[string]string, seed *[orders.SeedSize]byte, limit time.Duration) error {
	message, err := orders.Sign(orders.Order{
		Mesh: m.options.Mesh, Node: to.Node, Instance: to.Instance, Command: command, Arguments: arguments,
		Expires: time.Now().Add(orderLife),
	}, seed)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_, err = m.ask(ctx, to.Node, operators.VerbOrder, message)
	return err
}

// Restore has the mesh take a state for a daemon: the node that the order is for asks for it piece by piece.
func (m *Mesh) Restore(to Lease, daemon uint64, state []byte, seed *[orders.SeedSize]byte) error {
	from := m.conn.NewInbox()
	sub, err := m.conn.Subscribe(from, func(asked *nats.Msg) { _ = asked.Respond(orders.Piece(state, asked.Data)) })
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := m.conn.Flush(); err != nil {
		return err
	}
	return m.Order(to, orders.Restore, orders.RestoreArguments(daemon, state, from), seed, longest)
}

// Audit hands every record of the audit stream to f, oldest first, and returns how many messages it has passed over: they
// are no records of orders, or an order's a second time, which no node takes.
func (m *Mesh) Audit(f func(orders.Record) error) (passed int, err error) {
	known := map[string]bool{}
	err = m.read(m.Names.AuditStream(), m.Names.Audit(), 0, false, func(s Stored) error {
		r, wrong := orders.Read(m.options.Mesh, s.Data)
		if wrong != nil || known[r.Nonce] {
			passed++
			return nil
		}
		known[r.Nonce] = true
		return f(r)
	})
	return passed, err
}
