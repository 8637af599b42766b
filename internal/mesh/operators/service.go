//go:build mesh

package operators

import (
	"context"
	"sync"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/orders"
)

// Host is the node.
type Host interface {
	RuntimeJSON() []byte
	LogsJSON(after uint64, limit int) []byte
	EnterMaintenance(drainMS uint64) *fault.Error
	ExitMaintenance() *fault.Error
	SetLogLevel(least logs.Level)
}

// Daemons are those of the mesh: each call reaches the daemon wherever it lives.
type Daemons interface {
	Post(id uint64, events []event.Event, limit time.Duration) (accepted int, err *fault.Error)
	Deliver(id uint64, e event.Event, reply func(event.Batch)) *fault.Error
	Snapshot(id uint64) ([]byte, *fault.Error)
	Restore(id uint64, state []byte) *fault.Error
	StopDaemon(id, graceMS uint64) *fault.Error
	RestartDaemon(id uint64) *fault.Error
}

// Options are what a node needs to serve its operators.
type Options struct {
	Link    *link.Link
	Who     orders.Who
	Host    Host
	Daemons Daemons
	Warn    func(message string) // a line in the node's log
	Limit   time.Duration        // for one request; 0: 5 s
}

// A Service answers operators until it is closed.
type Service struct {
	o     Options
	taker orders.Taker

	ctx   context.Context
	end   context.CancelFunc
	stops []func()
	slots chan struct{} // one for each request that is served now
	work  sync.WaitGroup
}

// atOnce is how many requests are served at the same time. More are refused.
const atOnce = 32

// Serve begins.
func Serve(o Options) (*Service, error) {
	if o.Limit == 0 {
		o.Limit = 5 * time.Second
	}
	s := &Service{o: o, slots: make(chan struct{}, atOnce)}
	s.taker = orders.Taker{Who: o.Who, Keeper: keeper{o.Link}, Warn: o.Warn}
	s.ctx, s.end = context.WithCancel(context.Background())
	names := o.Link.Names()
	for verb, f := range map[string]func(context.Context, []byte) []byte{
		VerbOrder: s.order, VerbRuntime: s.runtime, VerbLogs: s.logs,
		VerbPost: s.post, VerbDeliver: s.deliver, VerbSnapshot: s.snapshot,
	} {
		stop, err := o.Link.Serve(names.Node(o.Who.Node, verb), s.handler(f))
		if err != nil {
			s.Close()
			return nil, err
		}
		s.stops = append(s.stops, stop)
	}
	return s, nil
}

// Close ends it, and waits for the requests that are being served.
func (s *Service) Close() {
	for _, stop := range s.stops {
		stop()
	}
	s.end()
	s.work.Wait()
}

// Taken and Refused count orders.
func (s *Service) Taken() uint64   { return s.taker.Taken() }
func (s *Service) Refused() uint64 { return s.taker.Refused() }

// handler has f answer a request on a goroutine of its own, which ends within the limit.
func (s *Service) handler(f func(context.Context, []byte) []byte) func(link.Request) {
	return func(r link.Request) {
		select {
		case s.slots <- struct{}{}:
		default:
			_ = r.Respond(orders.Failed(string(fault.QueueFull), "this node serves many operators now: try again"))
			return
		}
		s.work.Add(1)
		go func() {
			defer s.work.Done()
			defer func() { <-s.slots }()
			text := f(s.ctx, r.Data)
			if len(text) > s.o.Link.MaxData() {
				text = orders.Failed(string(fault.InvalidState), "the answer is longer than a message of the mesh may be")
			}
			_ = r.Respond(text) // who asked is gone otherwise
		}()
	}
}

// keeper keeps nonces and records in the streams of the mesh.
type keeper struct{ link *link.Link }

func (k keeper) Nonce(ctx context.Context, nonce string, ttl time.Duration) error {
	ttl = (ttl + time.Second - 1).Truncate(time.Second)
	_, err := k.link.Store(ctx, k.link.Names().Nonce(nonce), []byte{}, link.Storing{Expect: link.Expect(0), TTL: ttl})
	return repeated(err)
}

func (k keeper) Audit(ctx context.Context, record []byte) error {
	_, err := k.link.Store(ctx, k.link.Names().Audit(), record, link.Storing{})
	return err
}
