// Package node is the core of an SDK: one node with its daemons. It connects the other
// packages. Package runtime wraps it for Go programs, capi for C.
package node

import (
	"math"
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/backpressure"
	"netmeshos/internal/clock"
	"netmeshos/internal/config"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/logs"
	"netmeshos/internal/maintenance"
	"netmeshos/internal/restart"
	"netmeshos/internal/sched"
	"netmeshos/internal/statefile"
	"netmeshos/internal/view"
	"netmeshos/internal/watchdog"
)

// Node is one supervisor with its daemons. All methods are safe from any goroutine.
// Locks are acquired in this order: state, mu, Daemon.mu, then those of the actors.
type Node struct {
	config   config.Config
	started  time.Time
	env      *actor.Env
	states   *statefile.Store // nil: states end with the process
	drops    *control.Drops
	queue    *logs.Queue
	ring     *logs.Ring
	follower *logs.Followers
	lines    *life.Log
	observer life.Hook // may be nil
	version  string
	failures failures
	mesh     Mesh                            // nil: the node is in none. Written before anybody else has the node
	durable  bool                            // the events of its own daemons go through the mesh, too
	posting  sync.RWMutex                    // held by posts to the mesh, from their check until the mesh has them
	handed   atomic.Pointer[<-chan struct{}] // closed when a drain has handed daemons over; nil: none was begun
	loop     *loop
	seen     atomic.Pointer[view.Node] // the snapshot that daemons see
	recent   recent

	ending   chan struct{}   // closed when the shutdown has stopped everything and only waits for callbacks
	followed <-chan struct{} // closed when the log function has returned; nil: there was none. Written before ending is closed

	state        sync.Mutex // guards what follows
	maintenance  *maintenance.Supervisor
	backpressure *backpressure.Monitor

	mu       sync.RWMutex // guards what follows
	down     bool
	deadline time.Time            // until when a shutdown waits for callbacks; zero: none has
	daemons  map[uint64]*Daemon   // the registered daemons, by id
	probed   map[*Daemon]struct{} // the registered daemons that each tick probes
	gone     view.Totals          // the totals of daemons that are no longer registered
}

// Options are optional functions that a node calls. They are called from any goroutine and
// must not block; each may be nil.
type Options struct {
	OnDropped func(delta int64) // gets each change of DroppedControlEvents
	OnLife    life.Hook         // gets each life event
	NewNative func() actor.Native
	Waiting   *backpressure.Shared
	Version   string // of the library, for other nodes to see
}

// Start starts a node. Errors: those of config.Complete.
func Start(c config.Config, o Options) (*Node, *fault.Error) {
	c, err := config.Complete(c)
	if err != nil {
		return nil, err
	}
	if c.Mesh != nil && NewMesh == nil {
		return nil, errNoMesh
	}
	var store *statefile.Store
	if c.StateDir != "" {
		var failed error
		if store, failed = statefile.Open(c.StateDir); failed != nil {
			return nil, fault.New(fault.ConfigInvalid, "state_dir can't be used, for want of a folder that can be written to: %w", failed)
		}
		if c.Mesh == nil || c.Mesh.Events != config.Durable {
			failed = store.Lock()
		}
		if failed != nil {
			return nil, fault.New(fault.InvalidState, "state_dir can't be used, %s: %w", fault.Shorten(c.StateDir), failed)
		}
	}
	n := &Node{
		states:   store,
		config:   c,
		started:  time.Now(),
		drops:    control.NewDrops(o.OnDropped),
		queue:    logs.NewQueue(int(c.EventQueueCapacity)),
		ring:     logs.NewRing(logs.RingSize, c.ThisNode),
		observer: o.OnLife,
		version:  o.Version,
		ending:   make(chan struct{}),
		daemons:  make(map[uint64]*Daemon),
		probed:   make(map[*Daemon]struct{}),
	}
	n.follower = logs.NewFollowers(n.ring)
	n.lines = life.NewLog(n.ring.Append)
	n.loop = newLoop(n.queue, n.ring)
	n.env = n.newEnv(o)
	if store != nil {
		n.env.Saving.Store = store
	}
	n.maintenance = maintenance.NewSupervisor(clock.Milliseconds(c.RecoveryRampMS), (*maintenanceNode)(n), n.happened)
	n.backpressure = backpressure.NewMonitor(
		backpressure.Config{Capacity: c.InboxCapacity, On: c.BackpressureOn, Off: c.BackpressureOff},
		n.env.Gauge, n.sendAll, n.happened)
	n.seen.Store(&view.Node{ID: c.ThisNode})
	if c.Mesh != nil {
		if err := n.join(); err != nil {
			n.env.Close()
			n.freeStates()
			return nil, err
		}
	}
	n.loop.start(clock.Milliseconds(c.TickIntervalMS), work{tick: n.tick, attend: n.attend})
	return n, nil
}

func (n *Node) newEnv(o Options) *actor.Env {
	activity := actor.NewActivity(n.loop.wake)
	return &actor.Env{
		Pool:          sched.NewPool(),
		Activity:      activity,
		Gauge:         backpressure.NewGauge(n.loop.wake, o.Waiting),
		Watchdog:      watchdog.New(clock.Milliseconds(n.config.WatchdogMS), activity, n.happened),
		Hook:          n.happened,
		NewNative:     o.NewNative,
		InboxCapacity: int(n.config.InboxCapacity),
		Restart:       n.config.OnProcessFailure == config.Restart,
		Saving: actor.Saving{
			Interval: clock.Milliseconds(n.config.SnapshotIntervalMS),
			Events:   int(n.config.SnapshotEvents),
		},
		Backoff: restart.Config{
			First:     clock.Milliseconds(n.config.BackoffFirstMS),
			Initial:   clock.Milliseconds(n.config.BackoffInitialMS),
			Max:       clock.Milliseconds(n.config.BackoffMaxMS),
			Threshold: int(min(n.config.CrashLoopThreshold, math.MaxInt32)),
			Window:    clock.Milliseconds(n.config.CrashLoopWindowMS),
			Cooldown:  clock.Milliseconds(n.config.CrashLoopCooldownMS),
			Stable:    clock.Milliseconds(n.config.StableRunMS),
		},
	}
}

// happened is the hook of the node and its daemons.
func (n *Node) happened(e life.Event) {
	n.lines.Happened(e)
	if f, failed := e.(life.Failed); failed {
		n.failures.add(f)
	}
	if n.observer != nil {
		n.observer(e)
	}
}

// Report passes on a life event that happened outside the node.
func (n *Node) Report(e life.Event) { n.happened(e) }

// ID returns the id of this node.
func (n *Node) ID() uint64 { return n.config.ThisNode }

// ControlCapacity returns how many control events may wait for one daemon.
func (n *Node) ControlCapacity() uint64 { return n.config.ControlCapacity }

// InboxCapacity returns how many events may wait for one daemon.
func (n *Node) InboxCapacity() uint64 { return n.config.InboxCapacity }

// MaxPayloadBytes returns how long a payload may be.
func (n *Node) MaxPayloadBytes() uint64 { return n.config.MaxPayloadBytes }

// Meshed reports whether the node is part of a mesh.
func (n *Node) Meshed() bool { return n.mesh != nil }

// MarkPassed is to be called by whoever adds to Options.Waiting and finds it at its mark or
// above.
func (n *Node) MarkPassed(waiting int64) { n.env.Gauge.Passed(waiting) }

// Ticks returns how often the supervisor has ticked.
func (n *Node) Ticks() uint64 { return n.loop.ticks.Load() }

// DroppedControlEvents returns how many control events did not fit into the mailboxes of
// the registered daemons.
func (n *Node) DroppedControlEvents() uint64 { return n.drops.Total() }

// attend makes the decisions that are due. It runs on the loop's goroutine.
func (n *Node) attend(now time.Time) (next time.Time) {
	next = n.env.Watchdog.Attend(now)
	n.state.Lock()
	defer n.state.Unlock()
	if n.IsDown() {
		return next
	}
	next = earlier(next, n.backpressure.Attend(now))
	return earlier(next, n.maintenance.Attend(now))
}

// earlier returns the earlier of two times, where zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
