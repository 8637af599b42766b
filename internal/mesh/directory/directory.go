//go:build mesh

// Package directory is what a node of a mesh knows about nodes: its own lease, who else lives,
// who has registered which daemon and is next to run it, and what all of them look like. The decisions are in
// the pure packages below it (lease, queue, peers); this one carries them out. docs/mesh.md
// documents what is stored and sent.
package directory

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/directory/peers"
	"netmeshos/internal/mesh/directory/queue"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/phase"
	"netmeshos/internal/view"
)

// Options of a Directory. Link, Lease and Beat are required.
type Options struct {
	Link    *link.Link
	Node    uint64        // 0: one is made
	Lease   time.Duration // whole seconds
	Beat    time.Duration
	Version string // of the software
	Disk    string // a path on the file system whose figures are shown; empty: the working directory

	// State is what a beat says about the node. Peers is called when what the peers look like has
	// changed, and at least once a beat. Both are called from one goroutine and must not block; both may
	// be nil.
	State func() State
	Peers func([]view.Peer)
	// Listener is told about the lease and the queues; may be nil.
	Listener Listener
	Log      func(level, message string) // may be nil; levels as of link.Options
	// Foreign is told of messages that are passed over as they are not the mesh's; about a daemon, or 0. May be nil.
	Foreign func(daemon uint64, subject string, sequence uint64, why error)
}

// State is a node at one moment.
type State struct {
	Started      time.Time
	Maintenance  phase.Phase
	Daemons      int // that it runs
	Standbys     int // that it would take over
	Unhealthy    bool
	Capabilities []string // of all daemons, sorted, each once
}

// Listener is who must know at once. The calls come from one goroutine, in order, and must not block.
type Listener interface {
	// LeaseChanged says that the node's lease is held, or over. Each time that it is acquired it has a
	// new epoch.
	LeaseChanged(held bool, epoch uint64)
	// StandingChanged says where this node stands with a daemon that it has registered. With Turn it is the
	// first whose run isn't gone, and may claim the daemon; without, another is before it. The first call
	// comes before Register returns.
	StandingChanged(id uint64, s queue.Standing)
}

// Directory is safe from any goroutine. Its own goroutine (run) owns all machines; what waits for the server
// runs on others and posts its answer.
type Directory struct {
	o      Options
	names  link.Names
	self   lease.Holder
	follow *link.Following

	follows sync.Mutex // one registration at a time is followed, or not any more

	mu     sync.Mutex        // guards posted
	posted []func()          // to run on the goroutine
	wake   chan struct{}     // something was posted
	once   sync.Once         // of Close
	heard  chan link.Message // what is followed
	closed chan struct{}     // the goroutine ends
	ended  chan struct{}     // it has
	idle   chan struct{}     // the errands have ended
	tasks  sync.WaitGroup    // what waits for the server
	ctx    context.Context   // of the tasks
	cancel context.CancelFunc
	errand chan func() // changes of what is followed and served, in order

	silenceNodes     func()
	silence, unserve func() // end what is served; of the errands

	until atomic.Int64 // when the lease is over by clock.Now; see Held
	epoch atomic.Uint64

	// Of the goroutine.
	own             *lease.Own
	watch           *lease.Watch
	told            bool   // the listener knows that the lease is held
	toldEpoch       uint64 // which one; 0: there was none yet
	toldStatus      lease.Status
	queues          map[uint64]*registered
	ending          map[uint64]string       // names of daemons that were unregistered while this node had the turn, until they are stored
	watched         map[lease.Holder]int    // how many queues and calls watch it
	calls           map[lease.Holder]func() // of Watch
	awaited         map[*awaited]struct{}
	directory       *peers.Directory
	election        *peers.Election
	table           *peers.Table
	looks           map[lease.Holder]*look
	leader          lease.Holder  // the aggregator that this node watches; zero: it watches none
	ledBefore       lease.Holder  // the last one that was found to be over
	settled         time.Duration // no silent node is gone before
	block           peers.Block
	showBlock       bool
	rtt             uint64 // microseconds
	beats           uint64
	nextBeat        time.Duration
	leads           uint64 // the term of which this node is the aggregator; 0: it isn't
	fetching        bool
	nextFetch       time.Duration
	connectedBefore bool
	rereading       bool   // the queues, after a gap
	unknown         uint64 // messages that nothing stores and that are not the mesh's
	left            bool
	given           chan struct{}     // closed when the lease has been given up
	acquired        chan lease.Status // for Open
}

// MakeID makes an id for a node that has none. Numbers below 2^53 survive every JSON parser.
func MakeID() uint64 { return rand.Uint64N(1<<53-1) + 1 }

// Open gives the node its lease, and begins to send beats. It ends with ctx. Kinds of its errors:
// node_id_taken (a live node has this id), mesh_unavailable (the servers did not answer in time).
func Open(ctx context.Context, o Options) (*Directory, *fault.Error) {
	if o.Node == 0 {
		o.Node = MakeID()
	}
	if o.Disk == "" {
		o.Disk = "."
	}
	now := clock.Now()
	d := &Directory{
		o: o, names: o.Link.Names(), self: lease.Holder{Node: o.Node, Instance: rand.Uint64() | 1},
		wake: make(chan struct{}, 1), heard: make(chan link.Message, 256), closed: make(chan struct{}), ended: make(chan struct{}), idle: make(chan struct{}), errand: make(chan func(), 1024),
		watch: lease.NewWatch(o.Lease), queues: map[uint64]*registered{}, ending: map[uint64]string{}, watched: map[lease.Holder]int{}, calls: map[lease.Holder]func(){}, awaited: map[*awaited]struct{}{},
		directory: peers.NewDirectory(o.Beat, now), looks: map[lease.Holder]*look{}, acquired: make(chan lease.Status, 16), showBlock: true,
	}
	d.own = lease.New(d.self.Instance, o.Lease)
	d.election = peers.NewElection(d.self, o.Beat, now, func() int { return d.directory.Rank(o.Node) })
	d.ctx, d.cancel = context.WithCancel(context.Background())
	follow, err := o.Link.Follow([]string{d.names.Peers()}, d.heard)
	if err != nil {
		return nil, link.Fault(err, "the mesh can't be followed")
	}
	d.follow = follow
	go d.run()     // until Close
	go d.errands() // until Close
	o.Link.OnState(func(up bool) { d.post(func() { d.connected(up) }) })
	if f := d.wait(ctx); f != nil {
		d.Close()
		return nil, f
	}
	stop, err := o.Link.Serve(d.names.Node(o.Node, "nodes"), d.serveNodes)
	if err != nil {
		d.Close()
		return nil, link.Fault(err, "the node can't be asked by others")
	}
	d.silenceNodes = stop
	return d, nil
}

// wait waits until the lease is held.
func (d *Directory) wait(ctx context.Context) *fault.Error {
	for {
		select {
		case status := <-d.acquired:
			switch status {
			case lease.Holding:
				return nil
			case lease.Taken:
				return fault.New(fault.NodeIDTaken, "this_node: a live node has the id %d: give each node its own, or 0 to have one made", d.self.Node)
			}
		case <-ctx.Done():
			if asked := d.askedOther(); asked != 0 {
				return fault.New(fault.NodeIDTaken, "this_node: the lease of the node %d is held by another process, which does not answer: wait until its lease is over, or end it", d.self.Node)
			}
			return fault.New(fault.MeshUnavailable, "the servers of the mesh have not stored this node's lease in time")
		}
	}
}

// askedOther returns the instance that holds the node's lease, as far as is known.
func (d *Directory) askedOther() (instance uint64) {
	answer := make(chan uint64, 1)
	d.post(func() { answer <- d.own.Other() })
	select {
	case instance = <-answer:
	case <-d.ended:
	}
	return instance
}

// Node returns the node's id, made or given.
func (d *Directory) Node() uint64 { return d.self.Node }

// Instance returns the number of this run of the node.
func (d *Directory) Instance() uint64 { return d.self.Instance }

// Held reports whether the node holds its lease at this moment, and the epoch of it. It looks at the clock
// itself, so that a process that was stopped for longer than the lease sees it before it does
// anything else. Work that began under another epoch has been interrupted.
func (d *Directory) Held() (epoch uint64, held bool) {
	until := d.until.Load() // first: a new end comes with its epoch
	epoch = d.epoch.Load()
	return epoch, int64(clock.Now()) < until
}

// Changed says that the State has changed so that others should know soon.
func (d *Directory) Changed() {
	d.post(func() { d.nextBeat = min(d.nextBeat, clock.Now()) })
}

// Suspect says that a node doesn't answer: if nobody listens there, it is gone at once.
func (d *Directory) Suspect(node uint64) {
	d.post(func() { d.watch.Suspect(clock.Now(), node) })
}

// Leave gives the lease up and tells the others, so that they don't wait for its end. The daemons must have been
// handed over. It ends with ctx at the latest; then Close.
func (d *Directory) Leave(ctx context.Context) {
	gave := make(chan struct{})
	d.post(func() {
		d.leavePeers()
		d.left = true
		d.given = gave
		d.doOwn(d.own.Leave(clock.Now()))
	})
	select {
	case <-gave:
	case <-ctx.Done():
	case <-d.closed:
	}
	_, _ = d.o.Link.RTT(ctx) // the last beat is on its way before the connection ends
}

// Close ends everything. It gives nothing up: others wait until the lease is over.
func (d *Directory) Close() {
	d.once.Do(d.end)
}

func (d *Directory) end() {
	close(d.closed)
	d.cancel()
	<-d.ended
	<-d.idle
	d.tasks.Wait()
	d.until.Store(0)
	for _, stop := range []func(){d.silence, d.unserve, d.silenceNodes} {
		if stop != nil {
			stop()
		}
	}
	d.follow.Close()
}
