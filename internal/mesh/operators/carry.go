//go:build mesh

package operators

import (
	"context"
	"errors"
	"strconv"
	"time"

	json "github.com/goccy/go-json"

	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/orders"
)

func repeated(err error) error {
	if errors.Is(err, link.ErrConflict) {
		return orders.ErrRepeated
	}
	return err
}

// order takes an order and carries it out.
func (s *Service) order(ctx context.Context, data []byte) []byte {
	taking, cancel := context.WithTimeout(ctx, s.o.Limit)
	defer cancel()
	o, refusal := s.taker.Take(taking, data, time.Now())
	if refusal != nil {
		return refusal.Reply()
	}
	if err := s.carryOut(ctx, o); err != nil {
		return orders.Failed(string(err.Kind), err.Message)
	}
	return orders.Done()
}

func (s *Service) carryOut(ctx context.Context, o *orders.Order) *fault.Error {
	switch o.Command {
	case orders.Drain:
		return s.o.Host.EnterMaintenance(0)
	case orders.Resume:
		return s.o.Host.ExitMaintenance()
	case orders.LogLevel:
		return s.level(o.Arguments[orders.Level])
	}
	id, ok := link.ParseHex(o.Arguments[orders.Daemon])
	if !ok {
		return fault.New(fault.InvalidArgument, "the daemon is %.32q, not 16 hex digits", o.Arguments[orders.Daemon])
	}
	switch o.Command {
	case orders.Stop:
		grace, err := strconv.ParseUint("0"+o.Arguments[orders.GraceMS], 10, 64)
		if err != nil {
			return fault.New(fault.InvalidArgument, "grace_ms is %.32q, not a number", o.Arguments[orders.GraceMS])
		}
		return s.o.Daemons.StopDaemon(id, grace)
	case orders.Restart:
		return s.o.Daemons.RestartDaemon(id)
	case orders.Restore:
		return s.restore(ctx, id, o)
	case orders.Forget:
		return s.forget(ctx, id)
	}
	return fault.New(fault.Unsupported, "this node doesn't know how to %s", o.Command)
}

func (s *Service) level(name string) *fault.Error {
	least, known := logs.LevelOf(name)
	if !known {
		return fault.New(fault.InvalidLogLevel, "the level is %.32q, not trace, debug, info, warn or error", name)
	}
	s.o.Host.SetLogLevel(least)
	return nil
}

func (s *Service) restore(ctx context.Context, id uint64, o *orders.Order) *fault.Error {
	state, err := o.State(ctx, s.o.Link.Request)
	if err != nil {
		return fault.New(fault.StateInvalid, "%w", err)
	}
	return s.o.Daemons.Restore(id, state)
}

// forget removes what the mesh has of a daemon that no node runs: its registrations and subscriptions first, so that
// nobody begins to run it or stores anything for it, then everything else.
func (s *Service) forget(ctx context.Context, id uint64) *fault.Error {
	ctx, cancel := context.WithTimeout(ctx, s.o.Limit)
	defer cancel()
	l, names := s.o.Link, s.o.Link.Names()
	registered, err := l.LastOf(ctx, names.MetaStream(), names.RegistrationsOf(id))
	if err != nil {
		return link.Fault(err, "who has registered the daemon can't be read")
	}
	for _, m := range registered {
		_, words, _ := names.ParseMeta(m.Subject)
		var daemon, node uint64
		run := runOf(m)
		if run == "" || !link.ParseIDs(words, &daemon, &node) {
			continue // withdrawn
		}
		switch held, err := l.Last(ctx, names.Lease(node)); {
		case err == nil && runOf(held) != run: // that run of the node is over
		case err == nil:
			return fault.New(fault.InvalidState, "node %016x runs and has registered the daemon: end it there first", node)
		case !errors.Is(err, link.ErrNone):
			return link.Fault(err, "whether its node runs can't be read")
		}
	}
	for _, pattern := range []string{names.RegistrationsOf(id), names.SubscriptionsOf(id), names.SubscriptionsTo(id), names.RoomsFor(id), names.Stop(id), names.DaemonName(id)} {
		if err := remove(ctx, l, pattern); err != nil {
			return link.Fault(err, "the daemon is not forgotten")
		}
	}
	if err := l.Purge(ctx, names.StreamOf(id), names.Everything(id), 0); err != nil {
		return link.Fault(err, "the daemon is forgotten by half: forget it again")
	}
	_ = l.Publish(names.Do(id, NoticeForgotten), nil) // who misses it asks again, after its connection was lost
	return nil
}

// NoticeForgotten tells all nodes that the mesh has nothing of a daemon any more: the purges are not heard.
const NoticeForgotten = "forgotten"

// remove removes what is stored about a daemon in the meta stream, which nodes may not purge.
func remove(ctx context.Context, l *link.Link, pattern string) error {
	stored, err := l.LastOf(ctx, l.Names().MetaStream(), pattern)
	for i := 0; i < len(stored) && err == nil; i++ {
		if stored[i].Marker == "" {
			_, err = l.Remove(ctx, stored[i].Subject, nil)
		}
	}
	return err
}

// runOf is the instance of the node that has stored a lease or a registration; empty: it has taken it back.
func runOf(m link.Message) string {
	var stored struct {
		Instance string `json:"instance"`
	}
	if m.Marker != "" || json.Unmarshal(m.Data, &stored) != nil {
		return ""
	}
	return stored.Instance
}
