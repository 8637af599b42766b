package actor_test

import (
	"runtime"
	"testing"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/backpressure"
	"netmeshos/internal/control"
	"netmeshos/internal/life"
	"netmeshos/internal/sched"
	"netmeshos/internal/vitals"
	"netmeshos/internal/watchdog"
)

// daemon implements Callbacks by functions; a nil function is a feature that it lacks. It
// checks that no two callbacks run at the same time, and that none begins once over has
// been set.
type daemon struct {
	actor.None
	t         *testing.T
	onControl func(control.Event)
	onProbe   func() vitals.Vitals
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

func (d *daemon) OnControl(e control.Event) {
	defer d.enter()()
	d.onControl(e)
}

func (d *daemon) Probe() vitals.Vitals {
	defer d.enter()()
	return d.onProbe()
}

// enter begins a callback and returns a function that ends it.
func (d *daemon) enter() func() {
	if !d.inside.CompareAndSwap(false, true) {
		d.t.Error("two callbacks at the same time")
	}
	if d.over.Load() {
		d.t.Error("a callback after the end")
	}
	d.calls++
	runtime.Gosched() // gives others a chance to overlap
	return func() { d.inside.Store(false) }
}

// env returns the Env of a test.
func env(pool *sched.Pool) *actor.Env {
	activity := actor.NewActivity(func() {})
	ignore := func(life.Event) {}
	return &actor.Env{
		Pool:          pool,
		Activity:      activity,
		Gauge:         backpressure.NewGauge(func() {}, nil),
		Watchdog:      watchdog.New(time.Hour, activity, ignore),
		Hook:          ignore,
		InboxCapacity: 8,
	}
}

// channel returns a channel to a mailbox that nobody reads.
func channel() *control.Channel { return control.NewDrops(nil).NewChannel(control.NewQueue(0)) }

// newActor creates the actor of a daemon, and releases it when the test is over.
func newActor(t *testing.T, pool *sched.Pool, d *daemon) *actor.Actor {
	t.Helper()
	d.t = t
	a := actor.New(env(pool), 1, "daemon", d, channel())
	t.Cleanup(func() { a.Release() })
	return a
}

// controlled returns an actor whose daemon handles control events with a function.
func controlled(t *testing.T, pool *sched.Pool, onControl func(control.Event)) *actor.Actor {
	t.Helper()
	return newActor(t, pool, &daemon{onControl: onControl})
}

// hang starts n daemons whose callbacks hang at the gate, and waits until all hang.
func hang(t *testing.T, pool *sched.Pool, g *gate, n int) {
	t.Helper()
	for range n {
		controlled(t, pool, func(control.Event) { g.wait() }).Send(event(1))
	}
	for range n {
		<-g.reached
	}
}

// base returns how many callbacks may run at a time when none of them hangs.
func base() int { return max(2, runtime.GOMAXPROCS(0)) }

// caller makes calls from inside callbacks of these actors.
type caller []*actor.Actor

func (c caller) Actors() []*actor.Actor  { return c }
func (c caller) InsideLogFunction() bool { return false }

// release and finish are two ways to end a daemon.
func release(a *actor.Actor) { a.Release() }

func finish(a *actor.Actor) {
	_, _ = a.BeginShutdown(1) // refused if a shutdown is under way
	a.FinishShutdown(func() {})
}

func vitalsOf(a *actor.Actor) vitals.Vitals {
	v, _ := a.Vitals()
	return v
}

// event returns the control event number n; no two numbers give equal events.
func event(n int) control.Event {
	return control.Event{Kind: control.DrainStart, GraceMS: uint64(n)}
}

// gate is where callbacks hang until it is opened.
type gate struct {
	reached chan struct{} // receives a value for each callback that reaches the gate
	opened  chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 1000), make(chan struct{})} }

func (g *gate) wait() {
	g.reached <- struct{}{}
	<-g.opened
}

func (g *gate) open() { close(g.opened) }

// isDone reports whether the actor has ended.
func isDone(a *actor.Actor) bool {
	select {
	case <-a.Done():
		return true
	default:
		return false
	}
}
