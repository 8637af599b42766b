//go:build mesh

package mesh

import (
	"context"
	"encoding/hex"
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/clock"
	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/directory"
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/driver"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/operators"
	"netmeshos/internal/mesh/orders"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/node"
	"netmeshos/internal/view"
)

func init() {
	node.NewMesh = func(h meshed.Host) (node.Mesh, *fault.Error) {
		m, err := join(h)
		if err != nil {
			return nil, err
		}
		return m, nil
	}
}

// Mesh is a node's part in its mesh. It implements node.Mesh.
type Mesh struct {
	host    meshed.Host
	config  config.Mesh
	request time.Duration // how long a call waits for the mesh

	link   *link.Link
	names  link.Names
	dir    *directory.Directory
	set    atomic.Pointer[driver.Set] // nil while the node joins
	poster *driver.Poster
	orders *operators.Service
	stops  []func() // end what is served and published

	closing context.Context //nolint:containedctx // ends with Close
	end     context.CancelFunc
	tasks   sync.WaitGroup
	places  chan struct{} // one for each registration under way
	parcels parcels
	owners  sync.Map // id: the run of a node that owns the daemon, as far as is known
	known   known

	away   *absence    // the connection is lost
	lost   *absence    // the connection has been lost for longer than a server takes to start again
	silent atomic.Bool // the servers let a registration wait, and have taken none since

	peers atomic.Pointer[[]view.Peer]

	mu      sync.Mutex // guards what follows
	members map[uint64]*member
	drain   chan struct{} // closed by Undrain; nil: the node doesn't drain
}

// registering is how many daemons are registered at a time.
const registering = 64

// restarting is how long a server takes that is only started again.
const restarting = time.Second

func join(h meshed.Host) (*Mesh, *fault.Error) {
	all := h.Config()
	c := *all.Mesh
	m := &Mesh{
		host: h, config: c, request: clock.Milliseconds(c.RequestTimeoutMS), places: make(chan struct{}, registering), members: map[uint64]*member{},
		away: newAbsence(0), lost: newAbsence(restarting),
	}
	m.closing, m.end = context.WithCancel(context.Background())
	// One deadline for all that a start asks the servers for, and a little for the first answers.
	ctx, cancel := context.WithTimeout(m.closing, clock.Milliseconds(c.StartTimeoutMS))
	defer cancel()
	if err := m.open(ctx, all); err != nil {
		m.end()
		m.closeParts()
		return nil, err
	}
	return m, nil
}

// open joins, part by part.
func (m *Mesh) open(ctx context.Context, all config.Config) *fault.Error {
	c := m.config
	leaseTime := clock.Milliseconds(c.LeaseMS)
	if all.ThisNode == 0 { // before the connection, whose name and answers are the node's
		all.ThisNode = directory.MakeID()
	}
	var err *fault.Error
	m.link, err = link.Open(ctx, link.Options{
		Names: link.Names{Name: c.Name, Streams: int(c.Streams)}, Servers: c.Servers,
		Credentials: c.Credentials, TLSCA: c.TLSCA, TLSCert: c.TLSCert, TLSKey: c.TLSKey,
		Label: "meshos " + c.Name + " node " + link.Hex(all.ThisNode), Inbox: link.Names{Name: c.Name}.Inbox(all.ThisNode), Replicas: int(c.Replicas), Lease: leaseTime,
		Settings:     map[string]int64{"waiting_max_bytes": int64(c.WaitingMaxBytes)}, //nolint:gosec // was checked
		StartTimeout: clock.Milliseconds(c.StartTimeoutMS), RequestTimeout: m.request, Log: m.logLink,
	})
	if err != nil {
		return err
	}
	m.names = m.link.Names()
	m.link.OnState(m.away.turn)
	m.link.OnState(m.lost.turn)
	foreign := driver.NewForeigners(m.names, m.host.Log)
	m.dir, err = directory.Open(ctx, directory.Options{
		Link: m.link, Node: all.ThisNode, Lease: leaseTime, Beat: clock.Milliseconds(c.BeatIntervalMS), Version: m.host.Version(), Disk: all.StateDir,
		State: m.state, Peers: m.setPeers, Listener: m, Log: m.logLink, Foreign: foreign.Note,
	})
	if err != nil {
		return err
	}
	self := ownership.Holder{Node: m.dir.Node(), Instance: m.dir.Instance()}
	set, failed := driver.NewSet(driver.Options{
		Names: m.names, Self: self, Server: m.link,
		Follow: func(subjects []string, into chan<- link.Message) (driver.Following, error) {
			return m.link.Follow(subjects, into)
		},
		Held: func() bool { _, held := m.dir.Held(); return held },
		Watch: func(h ownership.Holder) {
			m.dir.Watch(lease.Holder(h), func() { m.gone(h) })
		},
		Later:        m.offer,
		Direct:       c.Events == config.Direct,
		Divert:       m.divert,
		Log:          m.host.Log,
		Foreign:      foreign,
		CommitEvents: int(c.CommitEvents), CommitEvery: clock.Milliseconds(c.CommitMS), Origins: int(c.DedupOrigins), Numbers: int(c.DedupWindow),
		Restart: all.OnProcessFailure == config.Restart, Attempts: int(c.DeadLetterAfter), Timeout: m.request, Waiting: int64(c.WaitingMaxBytes), //nolint:gosec // was checked
	})
	if failed != nil {
		return link.Fault(failed, "the subscriptions of the mesh can't be read")
	}
	m.set.Store(set)
	m.link.OnRemade(func(stream string) {
		switch stream {
		case m.names.MetaStream():
			set.Restore()
		case m.names.AuditStream():
		default:
			set.Remade(stream)
		}
	})
	for _, stream := range m.link.Anew() {
		set.Remade(stream)
	}
	_, held := m.dir.Held()
	set.Lease(held) // it may have changed before the set was there
	m.poster = driver.NewPoster(m.names, m.link, self.Node, self.Instance, int64(c.WaitingMaxBytes))
	m.poster.Share(set)
	return m.serveAll(self)
}

// serveAll answers other nodes and operators from now on.
func (m *Mesh) serveAll(self ownership.Holder) *fault.Error {
	stop, err := m.link.Serve(m.names.Node(self.Node, callVerb), m.serve)
	if err != nil {
		return link.Fault(err, "the node can't be asked by others")
	}
	m.stops = append(m.stops, stop)
	if err := m.hearForgotten(); err != nil {
		return link.Fault(err, "the node can't be told what the mesh forgets")
	}
	keys := make([][orders.KeySize]byte, len(m.config.Operators))
	for i, text := range m.config.Operators {
		_, _ = hex.Decode(keys[i][:], []byte(text)) // the configuration was checked
	}
	m.orders, err = operators.Serve(operators.Options{
		Link: m.link, Who: orders.Who{Mesh: m.config.Name, Node: self.Node, Instance: self.Instance, Operators: keys}, Host: m.host, Daemons: m,
		Warn: func(message string) { m.host.Log(logs.Warn, 0, message) }, Limit: m.request,
	})
	if err != nil {
		return link.Fault(err, "the node can't be asked by operators")
	}
	m.publishLines()
	return nil
}

// Node implements node.Mesh.
func (m *Mesh) Node() uint64 { return m.dir.Node() }

func (m *Mesh) logLink(level, message string) {
	l := logs.Info
	switch level {
	case "debug":
		l = logs.Debug
	case "warn":
		l = logs.Warn
	case "error":
		l = logs.Error
	}
	m.host.Log(l, 0, message)
}

// Close implements node.Mesh.
func (m *Mesh) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), min(m.request, 2*time.Second))
	defer cancel()
	go func() { // ends with the context
		select {
		case <-m.lost.begun(): // nobody hears that the node leaves
			cancel()
		case <-ctx.Done():
		}
	}()
	for _, stop := range m.stops {
		stop()
	}
	m.stops = nil
	m.dir.Leave(ctx)
	m.end()
	m.closeParts()
	m.tasks.Wait()
	m.parcels.close()
}

// closeParts closes what was opened.
func (m *Mesh) closeParts() {
	if m.orders != nil {
		m.orders.Close()
	}
	if m.poster != nil {
		m.poster.Close()
	}
	if s := m.set.Load(); s != nil {
		s.Close()
	}
	if m.dir != nil {
		m.dir.Close()
	}
	if m.link != nil {
		m.link.Close()
	}
}
