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

	"netmeshos/internal/testrand"
	meshos "netmeshos/runtime"
)

// ledger counts the events of an SDK whose daemons are registered, fail, wait for room and
// end. Whenever nothing changes, the events that came in must be exactly those that were
// processed, discarded or are waiting.
type ledger struct {
	t       *testing.T
	random  *rand.Rand
	sdk     *meshos.SDK
	members []*member
	trail   []string // the last actions
	down    atomic.Bool

	accepted  atomic.Uint64 // events from outside
	sent      atomic.Uint64 // outputs, once for each subscriber
	processed atomic.Uint64
	emitted   atomic.Uint64

	covered *covered
}

// covered says which cases have occurred in any round. All must occur, or the test would
// prove too little.
type covered struct{ pending, discarded, restarts, failures bool }

// member is a daemon that waits for an order in each call of Process.
type member struct {
	*ledger
	h      *meshos.Handle
	orders chan order
	atGate atomic.Bool
	over   atomic.Bool // no method runs and none will

	freed, consumed atomic.Bool // how the handle ended
	ending          bool        // the handle is being freed or consumed
	ready           bool        // has waited long enough for the event to end its batch, and has got no order in this step

	mu          sync.Mutex // guards what follows
	subscribers map[*member]bool
}

// order tells Process what to do.
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
		return errFail
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

// unlinked reports whether the daemon's subscriptions have ended. After a shutdown of the
// SDK they only end with the handle.
func (m *member) unlinked() bool {
	return m.over.Load() && (!m.down.Load() || m.freed.Load() || m.consumed.Load())
}

// check fails the test unless the counts balance.
func (l *ledger) check() {
	l.t.Helper()
	synctest.Wait()
	view := viewRuntime(l.t, l.sdk)
	inboxes := 0
	for _, d := range view.Daemons {
		inboxes += d.InboxDepth
		l.covered.restarts = l.covered.restarts || d.Restarts > 0
	}
	l.covered.pending = l.covered.pending || view.Queues.EventsWaiting > uint64(inboxes)
	l.covered.discarded = l.covered.discarded || view.Totals.Discarded > 0
	l.covered.failures = l.covered.failures || view.Totals.Failures > 0
	in := l.accepted.Load() + l.sent.Load()
	out := view.Totals.EventsIn + view.Totals.Discarded + view.Queues.EventsWaiting
	if in != out || view.Totals.EventsIn != l.processed.Load() || view.Totals.Outputs != l.emitted.Load() {
		l.t.Fatalf("%d accepted + %d sent = %d, but %d processed + %d discarded + %d waiting = %d\n%d were processed and %d emitted, but runtime_json shows %d and %d\nafter %s",
			l.accepted.Load(), l.sent.Load(), in, view.Totals.EventsIn, view.Totals.Discarded, view.Queues.EventsWaiting, out,
			l.processed.Load(), l.emitted.Load(), view.Totals.EventsIn, view.Totals.Outputs, strings.Join(l.trail, ", "))
	}
}

func (l *ledger) note(format string, args ...any) {
	l.trail = append(l.trail, fmt.Sprintf(format, args...))
	l.trail = l.trail[max(0, len(l.trail)-12):]
}

// step makes one change that affects subscriptions, or several that don't.
func (l *ledger) step() {
	for _, m := range l.members {
		m.ready = m.atGate.Load()
	}
	pause := time.Millisecond // an event that takes this long ends its batch
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

// end ends all daemons, and checks that nothing is left.
func (l *ledger) end() {
	for _, m := range l.members {
		close(m.orders) // later events are processed without outputs
		l.check()
	}
	for _, m := range l.members {
		m.freed.Store(true)
		m.h.Close()
		l.check()
	}
	time.Sleep(time.Hour)
	l.check()
	if view := viewRuntime(l.t, l.sdk); view.Queues.EventsWaiting != 0 || view.Queues.BusyDaemons != 0 || view.Totals.Daemons != 0 {
		l.t.Errorf("at the end %+v %+v", view.Queues, view.Totals)
	}
}

// Each event that comes in is processed, discarded or waiting, and counted once: even if
// daemons fail, are freed or stopped while outputs wait for room, and when the SDK is shut
// down.
func TestTheAccountsBalance(t *testing.T) {
	random := testrand.New(t)
	var all covered
	for round := range 40 {
		synctest.Test(t, func(t *testing.T) {
			config := meshos.Config{
				TickIntervalMS: quiet.TickIntervalMS, InboxCapacity: 1 + random.Uint64N(6), RecoveryRampMS: 1,
				BackoffInitialMS: 2, BackoffMaxMS: 20, CrashLoopThreshold: 4, CrashLoopCooldownMS: 40,
			}
			if round%2 == 1 {
				config.OnProcessFailure = meshos.Restart
			}
			l := &ledger{t: t, random: random, sdk: start(t, config), covered: &all}
			for len(l.members) < 3 {
				l.register()
			}
			shutdown := 100 + random.IntN(100) // the step of the shutdown; from 150 on: none
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
	if all != (covered{true, true, true, true}) {
		t.Errorf("not all cases occurred: %+v", all)
	}
}
