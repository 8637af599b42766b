package meshos_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/dice"
	meshos "netmeshos/runtime"
)

// ledger keeps the books of an SDK whose daemons come, fail, wait for room and go. What
// has come in must be what was processed, what was discarded and what waits, whenever
// nothing moves.
type ledger struct {
	t       *testing.T
	random  *rand.Rand
	sdk     *meshos.SDK
	members []*member
	trail   []string // what was done last
	down    atomic.Bool

	accepted  atomic.Uint64 // events from outside
	sent      atomic.Uint64 // outputs, once for each subscriber
	processed atomic.Uint64
	emitted   atomic.Uint64

	met *met
}

// met is what all rounds together have met with, so that the books are kept of something.
type met struct{ pending, discarded, restarts, failures bool }

// member is a daemon that waits in each event for an order.
type member struct {
	*ledger
	h      *meshos.Handle
	orders chan order
	atGate atomic.Bool
	over   atomic.Bool // no method runs and none will

	// Its handle's end: unless the SDK is down, it has ended with these.
	freed, consumed atomic.Bool
	leaving         bool // told to end, in one way or another
	ready           bool // waits long enough for its batch to end with the event, and has got no order in this step

	mu          sync.Mutex // guards what follows
	subscribers map[*member]bool
}

// order says how Process is to return.
type order struct {
	fail    bool
	outputs int
}

func (m *member) Process(_ meshos.InboundEvent, emit func([]byte)) error {
	m.atGate.Store(true)
	o := <-m.orders
	m.atGate.Store(false)
	m.processed.Add(1)
	for range o.outputs {
		emit([]byte("x"))
	}
	if o.fail {
		return errTold
	}
	m.emitted.Add(uint64(o.outputs))
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.subscribers {
		if !s.unlinked() {
			m.sent.Add(uint64(o.outputs))
		}
	}
	return nil
}

func (m *member) Snapshot() []byte { return []byte("state") }

func (m *member) Restore([]byte) error { return nil }

// unlinked reports whether the subscriptions of the daemon have ended. Those of an SDK
// that is down end with the handles.
func (m *member) unlinked() bool {
	return m.over.Load() && (!m.down.Load() || m.freed.Load() || m.consumed.Load())
}

// check fails the test unless the books balance.
func (l *ledger) check() {
	l.t.Helper()
	synctest.Wait()
	look := lookAtAll(l.t, l.sdk)
	inboxes := 0
	for _, d := range look.Daemons {
		inboxes += d.InboxDepth
		l.met.restarts = l.met.restarts || d.Restarts > 0
	}
	l.met.pending = l.met.pending || look.Queues.EventsWaiting > uint64(inboxes)
	l.met.discarded = l.met.discarded || look.Totals.Discarded > 0
	l.met.failures = l.met.failures || look.Totals.Failures > 0
	in := l.accepted.Load() + l.sent.Load()
	out := look.Totals.EventsIn + look.Totals.Discarded + look.Queues.EventsWaiting
	if in != out || look.Totals.EventsIn != l.processed.Load() || look.Totals.Outputs != l.emitted.Load() {
		l.t.Fatalf("%d accepted + %d sent = %d, but %d processed + %d discarded + %d waiting = %d\n%d were processed and %d emitted, said are %d and %d\nafter %s",
			l.accepted.Load(), l.sent.Load(), in, look.Totals.EventsIn, look.Totals.Discarded, look.Queues.EventsWaiting, out,
			l.processed.Load(), l.emitted.Load(), look.Totals.EventsIn, look.Totals.Outputs, strings.Join(l.trail, ", "))
	}
}

func (l *ledger) note(format string, args ...any) {
	l.trail = append(l.trail, fmt.Sprintf(format, args...))
	l.trail = l.trail[max(0, len(l.trail)-12):]
}

// pick is a member that the function wants; nil: there is none.
func (l *ledger) pick(wanted func(*member) bool) *member {
	var all []*member
	for _, m := range l.members {
		if wanted(m) {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[l.random.IntN(len(all))]
}

func (l *ledger) any() *member { return l.pick(func(*member) bool { return true }) }

func (l *ledger) register() {
	m := &member{ledger: l, orders: make(chan order), subscribers: make(map[*member]bool)}
	h, err := l.sdk.Register("member", seed(byte(l.random.IntN(12))), m)
	if err != nil {
		return // the identity is registered, or the SDK is down
	}
	m.h = h
	h.AfterLast(func() { m.over.Store(true) })
	l.members = append(l.members, m)
	l.note("register %d", len(l.members)-1)
	for range 2 {
		l.subscribe(l.any(), m)
		l.subscribe(m, l.any())
	}
}

func (l *ledger) subscribe(from, to *member) {
	if l.current(from) && l.current(to) && l.sdk.Subscribe(from.h.ID(), to.h.ID()) == nil {
		from.mu.Lock()
		defer from.mu.Unlock()
		from.subscribers[to] = true
	}
}

func (l *ledger) unsubscribe(from, to *member) {
	if l.current(from) && l.current(to) && l.sdk.Unsubscribe(from.h.ID(), to.h.ID()) == nil {
		l.note("unsubscribe")
		from.mu.Lock()
		defer from.mu.Unlock()
		delete(from.subscribers, to)
	}
}

// current reports whether the member is the one that its id stands for.
func (l *ledger) current(m *member) bool {
	for _, other := range slices.Backward(l.members) {
		if other.h.ID() == m.h.ID() {
			return other == m
		}
	}
	return false
}

// let has a member that waits in an event go on. That of one which is about to end must
// come alone: its subscriptions end.
func (l *ledger) let(alone bool) {
	m := l.pick(func(m *member) bool { return m.ready && m.leaving == alone })
	if m == nil {
		return
	}
	m.ready = false
	o := order{fail: l.random.IntN(6) == 0, outputs: l.random.IntN(5)}
	l.note("let %d: %+v", slices.Index(l.members, m), o)
	select {
	case m.orders <- o:
	default:
		l.t.Error("nobody waits at the gate")
	}
}

// act does something that changes no subscription, on another goroutine where it may
// wait.
func (l *ledger) act() {
	m := l.any()
	id := m.h.ID()
	switch l.random.IntN(16) {
	case 0, 1, 2, 3:
		n, _ := l.sdk.Post(id, make([]meshos.InboundEvent, 1+l.random.IntN(5)))
		l.accepted.Add(uint64(n))
		l.note("post %d", n)
	case 4, 5:
		l.note("deliver")
		go func() {
			err := l.sdk.Deliver(id, meshos.InboundEvent{}, nil)
			if err == nil || errors.Is(err, &meshos.Error{Kind: meshos.KindProcessFailed}) {
				l.accepted.Add(1)
			}
		}()
	case 6:
		l.note("stop")
		grace := 1 + l.random.Uint64N(10)
		go func() { _ = l.sdk.StopDaemon(id, grace) }()
	case 7, 8:
		l.note("restart")
		_ = l.sdk.RestartDaemon(id)
	case 9:
		go func() { _, _ = l.sdk.Snapshot(id) }()
	case 10:
		if l.random.IntN(3) == 0 {
			l.note("enter")
			_ = l.sdk.EnterMaintenance(5)
		}
	case 11, 12:
		_ = l.sdk.ExitMaintenance()
	default:
		l.let(false)
	}
}

// move does something that changes who gets outputs.
func (l *ledger) move() {
	m := l.any()
	switch l.random.IntN(10) {
	case 0, 1:
		l.register()
	case 2:
		l.note("subscribe")
		l.subscribe(m, l.any())
	case 3:
		l.unsubscribe(m, l.any())
	case 4:
		l.note("release %d", slices.Index(l.members, m))
		m.leaving = true
		m.freed.Store(true)
		m.h.Release()
	case 5:
		l.note("graceful shutdown of %d", slices.Index(l.members, m))
		m.leaving = true
		grace := 1 + l.random.Uint64N(20)
		go func() {
			if err := m.h.GracefulShutdown(grace); !errors.Is(err, &meshos.Error{Kind: meshos.KindAlreadyShutdown}) {
				m.consumed.Store(true)
			}
		}()
	default:
		l.let(true)
	}
}

// step does one thing that changes subscriptions, or several that don't.
func (l *ledger) step() {
	for _, m := range l.members {
		m.ready = m.atGate.Load()
	}
	pause := time.Millisecond // from then on each event ends its batch
	if l.random.IntN(10) == 0 {
		pause += time.Duration(l.random.IntN(100)) * time.Millisecond
	}
	time.Sleep(pause)
	l.check()
	if l.random.IntN(3) == 0 {
		l.move()
	} else {
		for range 1 + l.random.IntN(4) {
			l.act()
		}
	}
	l.check()
}

// end has everything end, and looks whether something is left.
func (l *ledger) end() {
	for _, m := range l.members {
		close(m.orders) // all that still comes is processed without outputs
		l.check()
	}
	for _, m := range l.members {
		m.freed.Store(true)
		m.h.Close()
		l.check()
	}
	time.Sleep(time.Hour)
	l.check()
	if look := lookAtAll(l.t, l.sdk); look.Queues.EventsWaiting != 0 || look.Queues.BusyDaemons != 0 || look.Totals.Daemons != 0 {
		l.t.Errorf("at last %+v %+v", look.Queues, look.Totals)
	}
}

// What comes in is processed, discarded or waits, each once, whoever fails, is freed or
// stopped while outputs wait for room, and when the SDK is shut down.
func TestTheAccountsBalance(t *testing.T) {
	random := dice.New(t)
	var all met
	for round := range 60 {
		synctest.Test(t, func(t *testing.T) {
			config := meshos.Config{
				TickIntervalMS: quiet.TickIntervalMS, InboxCapacity: 1 + random.Uint64N(6), RecoveryRampMS: 1,
				BackoffInitialMS: 2, BackoffMaxMS: 20, CrashLoopThreshold: 4, CrashLoopCooldownMS: 40,
			}
			if round%2 == 1 {
				config.OnProcessFailure = meshos.Restart
			}
			l := &ledger{t: t, random: random, sdk: start(t, config), met: &all}
			for len(l.members) < 3 {
				l.register()
			}
			shutdown := 100 + random.IntN(100) // the step that does it, or none
			for i := range 150 {
				if i == shutdown {
					l.note("shutdown")
					l.down.Store(true)
					wantKind(t, "BeginShutdown", l.sdk.BeginShutdown(), "")
				}
				l.step()
			}
			l.end()
		})
		if t.Failed() {
			return
		}
	}
	if all != (met{true, true, true, true}) {
		t.Errorf("there was nothing to count: %+v", all)
	}
}
