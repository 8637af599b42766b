package meshos

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/supervisor"
	"netmeshos/internal/view"
)

// ShutdownGrace is how long Shutdown waits for callbacks that run, and what a
// graceful shutdown of a daemon takes by default.
const ShutdownGrace = 5 * time.Second

// SDK is one supervisor with its daemons.
type SDK struct {
	config    Config
	started   time.Time
	env       *actor.Env
	router    *control.Router
	queue     *logs.Queue
	ring      *logs.Ring
	followers *logs.Followers
	loop      *supervisor.Loop
	node      atomic.Pointer[view.Node]
	watchDue  time.Time // the loop's own: when to look for overdue callbacks
	recent    recent

	ending   chan struct{}   // closed when everything has been told to stop
	followed <-chan struct{} // written before that: closed when the log function has returned

	state         sync.Mutex // guards what follows; taken before mu
	maintenance   *supervisor.Maintenance
	backpressure  *supervisor.Backpressure
	pressureDue   time.Time // when the daemons may be told of it again
	pressureNoted time.Time // when the log last said that it is on
	pressureShown bool      // so it says, and not that it is off

	mu      sync.RWMutex // guards what follows
	down    bool
	daemons map[uint64]*Handle   // registered now, by id
	probed  map[*Handle]struct{} // those of them that a tick asks how they are
	gone    view.Totals          // what daemons that are not registered any more have counted
}

// Start starts a supervisor.
func Start(config Config) (*SDK, error) { return StartObserved(config, nil) }

// StartObserved is Start with a function that is told of each change of
// DroppedControlEvents. It is called from any goroutine and must not block.
func StartObserved(config Config, onDropped func(delta int64)) (*SDK, error) {
	config, err := complete(config)
	if err != nil {
		return nil, err
	}
	ring := logs.NewRing(logs.RingSize, config.ThisNode)
	queue := logs.NewQueue(int(config.EventQueueCapacity))
	s := &SDK{
		config:      config,
		started:     time.Now(),
		router:      control.NewRouter(onDropped),
		queue:       queue,
		ring:        ring,
		followers:   logs.NewFollowers(ring),
		loop:        supervisor.New(queue, ring),
		maintenance: supervisor.NewMaintenance(supervisor.Interval(config.RecoveryRampMS)),
		backpressure: supervisor.NewBackpressure(supervisor.BackpressureConfig{
			Capacity: config.InboxCapacity,
			On:       config.BackpressureOn,
			Off:      config.BackpressureOff,
		}),
		ending:  make(chan struct{}),
		daemons: make(map[uint64]*Handle),
		probed:  make(map[*Handle]struct{}),
	}
	s.env = &actor.Env{
		Pool:          actor.NewPool(),
		Load:          actor.NewLoad(s.loop.Poke),
		InboxCapacity: int(config.InboxCapacity),
		Restart:       config.OnProcessFailure == Restart,
		Backoff:       backoffOf(config),
		Note:          s.note,
	}
	s.env.Load.SetBounds(s.backpressure.Bounds())
	s.node.Store(&view.Node{ID: config.ThisNode})
	s.loop.Start(supervisor.Interval(config.TickIntervalMS), supervisor.Work{Tick: s.tick, Attend: s.attend})
	return s, nil
}

// NodeID is the id of this node.
func (s *SDK) NodeID() uint64 { return s.config.ThisNode }

// ControlCapacity is how many control events wait for one daemon.
func (s *SDK) ControlCapacity() uint64 { return s.config.ControlCapacity }

// Ticks is how often the supervisor has ticked.
func (s *SDK) Ticks() uint64 { return s.loop.Ticks() }

// DroppedControlEvents is how many control events did not fit into the
// mailboxes of the daemons registered now.
func (s *SDK) DroppedControlEvents() uint64 { return s.router.Dropped() }

// Logs returns the kept log records after a sequence number, oldest first, at
// most limit of them; limit 0 means all. The SDK keeps the newest 2,048.
func (s *SDK) Logs(after uint64, limit int) []LogRecord { return s.ring.After(after, limit) }

// SetPeers says what is known of the other nodes. Daemons see it in their
// metadata.
func (s *SDK) SetPeers(peers []Peer) {
	sorted := make([]Peer, len(peers))
	for i, p := range peers {
		sorted[i] = p.Clone()
	}
	slices.SortFunc(sorted, func(a, b Peer) int {
		switch {
		case a.NodeID < b.NodeID:
			return -1
		case a.NodeID > b.NodeID:
			return 1
		}
		return 0
	})
	s.state.Lock()
	defer s.state.Unlock()
	node := *s.node.Load()
	node.Peers = sorted
	s.node.Store(&node)
}

// tick runs on the loop's goroutine. When nothing else keeps a drain from its end,
// nobody is asked anew: one or the other who is slow to answer would run at every
// moment, and the drain would not end.
func (s *SDK) tick() {
	if s.node.Load().Maintenance.Phase != view.EnteringMaintenance || s.env.AtWork() {
		s.askAll()
	}
}

// askAll has the daemons asked how they are.
func (s *SDK) askAll() {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for h := range s.probed {
		h.actor.RequestProbe()
	}
}

// watch looks for callbacks that are overdue if it is time to, and returns when
// it is to look next, zero while no daemon is busy. It runs on the loop's
// goroutine.
func (s *SDK) watch(now time.Time) time.Time {
	switch {
	case !s.env.Load.Armed():
		s.watchDue = time.Time{}
		return s.watchDue
	case s.watchDue.IsZero():
		s.watchDue = now.Add(watchInterval(s.config))
		return s.watchDue
	case now.Before(s.watchDue):
		return s.watchDue
	}
	s.noteOverdue(now)
	s.env.Load.Disarm()
	s.watchDue = time.Time{}
	if s.env.Load.Armed() {
		s.watchDue = now.Add(watchInterval(s.config))
	}
	return s.watchDue
}

func (s *SDK) noteOverdue(now time.Time) {
	s.env.Overdue(now, supervisor.Interval(s.config.WatchdogMS), func(h *actor.Host, running time.Duration) {
		s.note(logs.Error, h.ID(), "a callback of daemon %q is overdue: it has run for %v", h.Name(), running.Round(time.Millisecond))
	})
}

// note writes a line of the supervisor's own about a daemon. It goes past the
// queue: what the supervisor has to say is not refused.
func (s *SDK) note(level logs.Level, daemonID uint64, format string, args ...any) {
	s.ring.Append(logs.Line{Time: time.Now(), Level: level, DaemonID: daemonID, Message: fmt.Appendf(nil, format, args...)})
}

// find returns a registered daemon, or says why not.
func (s *SDK) find(id uint64) (*Handle, *Error) {
	if h := s.recent.find(id); h != nil {
		return h, nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.down {
		return nil, errSDKShutDown
	}
	h, registered := s.daemons[id]
	if !registered {
		return nil, fault.New(fault.NotFound, "no daemon of the id %#x is registered", id)
	}
	s.recent.add(h)
	return h, nil
}

// all returns the registered daemons, in no order.
func (s *SDK) all() []*Handle {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*Handle, 0, len(s.daemons))
	for _, h := range s.daemons {
		all = append(all, h)
	}
	return all
}

// IsDown reports whether the SDK has been shut down.
func (s *SDK) IsDown() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.down
}

// Shutdown ends the supervisor: it wakes all who wait for control events, and
// returns when no callback runs or will run. The handles live on. A callback
// that runs for more than ShutdownGrace is not waited for: the error is
// shutdown_failed, and the SDK is shut down all the same.
//
// From inside a callback of one of its daemons use BeginShutdown.
func (s *SDK) Shutdown() error { return s.ShutdownInside(nil, false) }

// BeginShutdown is Shutdown without waiting for callbacks.
func (s *SDK) BeginShutdown() error {
	_, err := s.beginShutdown()
	return asError(err)
}

// ShutdownInside is Shutdown for a caller that runs inside callbacks of the
// given daemons, or inside a log function. If one of the daemons is the SDK's
// own it is BeginShutdown.
func (s *SDK) ShutdownInside(callers []*Handle, insideLog bool) error {
	daemons, err := s.beginShutdown()
	if err != nil {
		return err
	}
	return s.awaitCallbacks(daemons, callers, insideLog)
}

// EndInside is ShutdownInside for a caller after whom nobody will come: it waits
// also when the shutdown began before.
func (s *SDK) EndInside(callers []*Handle, insideLog bool) error {
	daemons, err := s.beginShutdown()
	if err != nil {
		<-s.ending
		daemons = s.all()
	}
	return s.awaitCallbacks(daemons, callers, insideLog)
}

func (s *SDK) awaitCallbacks(daemons, callers []*Handle, insideLog bool) error {
	if slices.ContainsFunc(callers, func(h *Handle) bool { return h.sdk == s }) {
		return nil
	}
	inside := hostsOf(callers)
	deadline := time.Now().Add(ShutdownGrace)
	var late []*Handle
	for _, h := range daemons {
		if !h.actor.Await(max(0, time.Until(deadline)), inside...) {
			late = append(late, h)
		}
	}
	if s.followed != nil && !insideLog && !actor.WaitFor(s.followed, max(0, time.Until(deadline))) {
		return fault.New(fault.ShutdownFailed, "the SDK is shut down, but the log function still runs after %v: let it return", ShutdownGrace)
	}
	if len(late) > 0 && late[0].actor.WaitsFor(inside...) {
		return fault.New(fault.ShutdownFailed,
			"the SDK is shut down, but a callback of daemon %q waits for the callback that makes this call, which so can't wait for it",
			shorten(late[0].name))
	}
	if len(late) > 0 {
		return fault.New(fault.ShutdownFailed,
			"the SDK is shut down, but callbacks of %d daemons still run after %v, among them %q: let them return, then free their handles",
			len(late), ShutdownGrace, shorten(late[0].name))
	}
	return nil
}

// goDown has all calls find the SDK shut down, once: the state changes no more.
func (s *SDK) goDown() bool {
	s.state.Lock()
	defer s.state.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return false
	}
	s.down = true
	s.recent.clear()
	clear(s.probed)
	return true
}

// beginShutdown stops everything and waits for nobody: neither for callbacks,
// nor for what is to be called after the last of a daemon's.
func (s *SDK) beginShutdown() ([]*Handle, *Error) {
	if !s.goDown() {
		return nil, errSDKShutDown
	}
	defer close(s.ending)
	daemons := s.all()
	s.loop.Stop()
	for _, h := range daemons {
		h.route.Shut()
	}
	for _, h := range daemons {
		h.actor.StopElsewhere()
	}
	s.followed = s.followers.Stop()
	return daemons, nil
}
