package actor

import (
	"sync"

	"go.uber.org/atomic"

	"netmeshos/internal/backpressure"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/latency"
	"netmeshos/internal/life"
	"netmeshos/internal/restart"
	"netmeshos/internal/sched"
	"netmeshos/internal/waitgraph"
	"netmeshos/internal/watchdog"
)

// Env is what all actors of a node share. The fields must be set before the first
// actor is created and must not change afterwards.
type Env struct {
	Pool          *sched.Pool
	Activity      *Activity
	Gauge         *backpressure.Gauge
	Watchdog      *watchdog.Watchdog
	Hook          life.Hook
	NewNative     func() Native // nil: callbacks are written in Go. It returns nil when out of memory
	InboxCapacity int
	Restart       bool // a daemon that fails is restarted; otherwise it goes on with the next event
	Backoff       restart.Config
	Saving        Saving

	// MayStep is called when a durable actor that was stopped or held processes events again;
	// nil: there is no mesh. It must not block.
	MayStep func(id uint64)

	Sink         SinkSlot
	Draining     atomic.Bool   // events from outside are refused
	LateDiscards atomic.Uint64 // events discarded by actors that have retired, see Actor.Retire
	Pending      atomic.Int64  // outputs that wait for room in their subscribers' inboxes

	workspaces    workspaces
	subscriptions sync.Mutex // guards who is subscribed to whom; taken before Actor.mu
}

// Close frees the memory that callbacks used. It is called once the node has been shut
// down.
func (e *Env) Close() { e.workspaces.close() }

// waits is the graph of who waits for whom: a callback waits for an actor, and an actor
// whose outputs don't fit waits for the subscriber whose inbox is full. There is one graph
// for the process, because a callback may use the daemons of another node.
var waits waitgraph.Graph[*Actor]

// Caller says inside which callbacks a call is made. nil: it is made outside all callbacks.
type Caller interface {
	// Actors returns the actors whose callbacks the caller runs inside, innermost first.
	Actors() []*Actor
	// InsideLogFunction reports whether the caller runs inside a log function.
	InsideLogFunction() bool
}

// Unnested is a Caller that a callback doesn't know whose call has led to it: in Go each call
// names only the callbacks that it is made inside itself. In C the thread knows all of them.
type Unnested interface {
	Caller
	Unnested()
}

// runFor lets the caller's actors wait for this one while it runs callbacks on the caller's
// goroutine. Otherwise such a callback could wait for the caller's, which can't end before
// it. The result must be called afterwards.
func (a *Actor) runFor(caller Caller) (leave func()) {
	if _, ok := caller.(Unnested); !ok || a.Enter(caller) != nil {
		return func() {}
	}
	return func() { a.Leave(caller) }
}

// actorsOf returns the caller's actors, and none for a nil caller.
func actorsOf(c Caller) []*Actor {
	if c == nil {
		return nil
	}
	return c.Actors()
}

// Actor runs one daemon. All methods are safe from any goroutine. A node may have a hundred
// thousand that are idle: what only some need is made when they do.
//
// Whoever runs a callback holds the actor's token. That is either a worker of the pool,
// which does the actor's queued work, or the caller of Deliver, Snapshot or Restore.
type Actor struct {
	env       *Env
	callee    watchdog.Callee // the id, and the name as messages show it
	callbacks Callbacks
	outbox    outbox
	mailbox   mailbox
	holder    holder // belongs to the token's holder
	features  Features

	lifecycle     Lifecycle  // here because there is a gap; guarded by mu
	durable       bool       // its events come from a mesh, see durable.go; never changes after the first
	touched       bool       // a durable one was given an event or a state; belongs to the token's holder
	retired       bool       // stats are counted elsewhere, see Retire; guarded by mu
	loan          loan       // in the same gap; guarded by mu
	mu            sync.Mutex // guards what follows
	token         token
	inbox         inbox
	posters       *posters // nil: none waits
	batch         batchUnderWay
	controlEvents *controlEvents // nil until the first
	probe         probe
	state         *keptState // nil until there is something to keep
	recovery      recovery
	end           end
	stats         Stats
	latency       *latency.Histogram // nil until the first event
	rates         *rates             // as latency
}

// New returns the actor of a daemon. The actor sends control events to the channel.
func New(env *Env, id uint64, name string, callbacks Callbacks, channel *control.Channel) *Actor {
	a := new(Actor)
	a.Init(env, id, name, callbacks, channel)
	return a
}

// Init makes a zero Actor what New returns.
func (a *Actor) Init(env *Env, id uint64, name string, callbacks Callbacks, channel *control.Channel) {
	a.env = env
	a.callee = watchdog.Callee{ID: id, Name: name}
	a.callbacks = callbacks
	a.features = callbacks.Features()
	a.mailbox.channel = channel
	if s, ok := callbacks.(Staged); ok {
		a.inbox.stage = s.Stage()
	}
}

// ID is the daemon's id.
func (a *Actor) ID() uint64 { return a.callee.ID }

// Name is the daemon's name, as messages show it.
func (a *Actor) Name() string { return a.callee.Name }

// Features says which optional callbacks the daemon has.
func (a *Actor) Features() Features { return a.features }

// daemon is the part that the daemon's life events have in common.
func (a *Actor) daemon() life.Daemon { return life.Daemon{ID: a.callee.ID} }

// Lifecycle is the daemon's state now.
func (a *Actor) Lifecycle() Lifecycle {
	a.lock()
	defer a.mu.Unlock()
	return a.lifecycle
}

var (
	errEnded        = fault.New(fault.Stopped, "the daemon has been shut down")
	errStopped      = fault.New(fault.Stopped, "the daemon has been stopped: restart it first")
	errDraining     = fault.New(fault.Draining, "the node is in maintenance and takes no events until it exits it")
	errShuttingDown = fault.New(fault.Draining, "the daemon is being shut down and takes no more events")
	errCycle        = fault.New(fault.InvalidState,
		"this would wait for a callback that itself waits for this call: don't call it from inside a callback of the same daemon, or of one that waits for it")
)

// refusal says why the actor takes no event from outside, or nil. It needs mu held.
func (a *Actor) refusal() *fault.Error {
	switch {
	case !a.lifecycle.Open():
		return errEnded
	case !a.lifecycle.processes():
		return errStopped
	case a.lifecycle.inGrace():
		return errShuttingDown
	case a.env.Draining.Load():
		return errDraining
	case a.recovery.policy.Looping():
		return a.recovery.refusal(a.callee.Name)
	}
	return nil
}

// Refusal says why the actor takes no event from outside now, or nil.
func (a *Actor) Refusal() *fault.Error {
	a.lock()
	defer a.mu.Unlock()
	return a.refusal()
}

// IsStopping reports whether stop_daemon has sent SHUTDOWN, and the grace time runs.
func (a *Actor) IsStopping() bool { return a.Lifecycle() == Stopping }

// Barrier waits for every Post and Deliver that has passed its checks but has not made the
// actor busy yet. Later ones are checked again.
func (a *Actor) Barrier() {
	a.lock()
	defer a.mu.Unlock()
	a.inbox.closeStage()
	a.wakePosters() // the node may refuse events now
}

// IsOf reports whether the actor belongs to the node with this Env.
func (a *Actor) IsOf(env *Env) bool { return a.env == env }
