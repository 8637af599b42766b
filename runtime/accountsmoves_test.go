package meshos_test

import (
	"errors"
	"slices"

	meshos "netmeshos/runtime"
)

// pick returns a random member that the function accepts, or nil.
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

// current reports whether the member is the latest with its id.
func (l *ledger) current(m *member) bool {
	for _, other := range slices.Backward(l.members) {
		if other.h.ID() == m.h.ID() {
			return other == m
		}
	}
	return false
}

// let gives an order to a member that waits for one. If the member is ending, this must be
// the only change of the step, because it also ends the member's subscriptions.
func (l *ledger) let(alone bool) {
	m := l.pick(func(m *member) bool { return m.ready && m.ending == alone })
	if m == nil {
		return
	}
	m.ready = false
	o := order{fail: l.random.IntN(6) == 0, outputs: l.random.IntN(5)}
	l.note("let %d: %+v", slices.Index(l.members, m), o)
	select {
	case m.orders <- o:
	default:
		l.t.Error("the member doesn't wait for an order")
	}
}

// act makes a random call that changes no subscription, on another goroutine if the call
// may wait.
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

// move makes a random change that affects who gets outputs.
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
		m.ending = true
		m.freed.Store(true)
		m.h.Release()
	case 5:
		l.note("graceful shutdown of %d", slices.Index(l.members, m))
		m.ending = true
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
