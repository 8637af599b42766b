package meshos_test

import (
	"fmt"
	"math/rand/v2"
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
	for round := range 40 {
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
