package actor_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/logs"
)

// daemon is Callbacks made of functions; it has the features whose functions
// it has. It checks that no two callbacks run at the same time, and that none
// begins once over has been set.
type daemon struct {
	actor.None
	t         *testing.T
	onControl func(control.Event)
	onProbe   func() actor.Vitals
	inside    atomic.Bool
	over      atomic.Bool
	calls     int // of callbacks; needs no lock, as they don't overlap
}

func (d *daemon) Features() actor.Features {
	var f actor.Features
	if d.onControl != nil {
		f |= actor.HasControl
	}
	if d.onProbe != nil {
		f |= actor.HasProbe
	}
	return f
}

func (d *daemon) Control(e control.Event) {
	defer d.enter()()
	d.onControl(e)
}

func (d *daemon) Probe() actor.Vitals {
	defer d.enter()()
	return d.onProbe()
}

// enter begins a callback and returns what ends it.
func (d *daemon) enter() func() {
	if !d.inside.CompareAndSwap(false, true) {
		d.t.Error("two callbacks at the same time")
	}
	if d.over.Load() {
		d.t.Error("a callback after the end")
	}
	d.calls++
	runtime.Gosched() // gives others a chance to get in
	return func() { d.inside.Store(false) }
}

// env is what hosts share in these tests.
func env(pool *actor.Pool) *actor.Env {
	return &actor.Env{
		Pool:          pool,
		Load:          actor.NewLoad(func() {}),
		InboxCapacity: 8,
		Note:          func(logs.Level, uint64, string, ...any) {},
	}
}

// newHost starts a host of the daemon that is stopped when the test is over.
func newHost(t *testing.T, pool *actor.Pool, d *daemon) *actor.Host {
	t.Helper()
	d.t = t
	h := actor.New(env(pool), 1, "daemon", d, nil)
	t.Cleanup(h.Stop)
	return h
}

// controlled is a host whose daemon handles control events with a function.
func controlled(t *testing.T, pool *actor.Pool, onControl func(control.Event)) *actor.Host {
	t.Helper()
	return newHost(t, pool, &daemon{onControl: onControl})
}

// event is a control event that can be told from others.
func event(n int) control.Event {
	return control.Event{Kind: control.DrainStart, GraceMS: uint64(n)}
}

// gate is where callbacks hang until they are let through.
type gate struct {
	reached chan struct{} // gets one for each callback that has come
	opened  chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 1000), make(chan struct{})} }

func (g *gate) wait() {
	g.reached <- struct{}{}
	<-g.opened
}

func (g *gate) open() { close(g.opened) }

// isDone reports whether the host has ended.
func isDone(h *actor.Host) bool {
	select {
	case <-h.Done():
		return true
	default:
		return false
	}
}
