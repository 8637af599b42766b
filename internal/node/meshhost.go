package node

import (
	"slices"
	"sync"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/view"
	"netmeshos/internal/vitals"
)

var (
	errNoMesh = fault.New(fault.Unsupported,
		"the configuration has the key mesh, but this library has no network code: use the mesh edition, lib/net_meshos/mesh/libnet_meshos.so")
	errNoRestore = fault.New(fault.InvalidArgument,
		"the daemon has a snapshot callback and no restore callback: in a mesh with durable events it needs both, or neither")
)

// join makes the node one of its mesh. It needs all but the loop.
func (n *Node) join() *fault.Error {
	m, err := NewMesh((*meshHost)(n))
	if err != nil {
		return err
	}
	n.mesh = m
	n.durable = n.config.Mesh.Events == config.Durable
	n.env.MayStep = m.Resumed
	n.config.ThisNode = m.Node()
	n.ring.SetNode(m.Node())
	n.state.Lock()
	defer n.state.Unlock()
	seen := *n.seen.Load()
	seen.ID = m.Node()
	n.seen.Store(&seen)
	return nil
}

// leave hands all daemons over and leaves the mesh. left is closed when that is done, which
// takes as long as the callbacks that run.
func (n *Node) leave(daemons []*Daemon) (left <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var handing sync.WaitGroup
		for _, d := range daemons {
			handing.Go(d.leaveMesh)
		}
		handing.Wait()
		n.mesh.Close()
	}()
	return done
}

// leaveMesh hands the daemon over. It returns when the mesh, which there must be, doesn't
// call it any more.
func (d *Daemon) leaveMesh() { d.node.mesh.Unregister(d.meshed()) }

// refuseMesh refuses calls from the mesh that wait for their turn, once the daemon has begun to end.
func (d *Daemon) refuseMesh() {
	if d.node.mesh != nil {
		d.node.mesh.Refuse(d.meshed(), actor.Ended)
	}
}

// leaveMeshWithin is leaveMesh, but waits no longer than the limit: a callback may hang.
func (d *Daemon) leaveMeshWithin(limit time.Duration) {
	if d.node.mesh == nil {
		return
	}
	left := make(chan struct{})
	go func() { // ends with the callback that runs
		defer close(left)
		d.leaveMesh()
	}()
	actor.WaitFor(left, limit)
}

// drainMesh begins or ends the hand-over of a drain.
func (n *Node) drainMesh(begin bool) {
	if !begin {
		n.mesh.Undrain()
		n.handed.Store(nil)
		return
	}
	done := n.mesh.Drain()
	n.handed.Store(&done)
	go func() { // ends with the drain
		<-done
		n.loop.wake()
	}()
}

// isHandedOver reports whether no hand-over of a drain is under way.
func (n *Node) isHandedOver() bool {
	done := n.handed.Load()
	if done == nil {
		return true
	}
	select {
	case <-*done:
		return true
	default:
		return false
	}
}

// viewMesh adds to a view of the daemon what only the mesh knows.
func (d *Daemon) viewMesh(look *view.Daemon, to *[]uint64) {
	m, known := d.node.mesh.View(d.ID())
	if !known {
		return
	}
	if m.Standby && look.Lifecycle == "running" {
		look.Lifecycle = "standby"
	}
	look.InboxDepth += int(m.Waiting)
	*to = append(*to, m.To...)
	slices.Sort(*to)
	*to = slices.Compact(*to)
	look.Mesh = &view.DaemonMesh{
		NodeID: m.Node, NodeIDHex: view.Hex(m.Node), Standbys: append([]uint64{}, m.Standbys...), Committed: m.Committed, Dead: m.Dead, Foreign: m.Foreign,
		WaitsFor: m.WaitsFor, WaitsForHex: view.Hex(m.WaitsFor),
	}
}

// meshed returns the daemon as the mesh sees it: always the same.
func (d *Daemon) meshed() meshed.Daemon { return meshDaemon{d.actor, d} }

// meshDaemon is a daemon as a meshed.Daemon. The actor has most of the methods.
type meshDaemon struct {
	*actor.Actor
	daemon *Daemon
}

// HasSnapshot implements meshed.Daemon.
func (d meshDaemon) HasSnapshot() bool { return d.Features()&actor.HasSnapshot != 0 }

// HasRestore implements meshed.Daemon.
func (d meshDaemon) HasRestore() bool { return d.Features()&actor.HasRestore != 0 }

// StopLocal implements meshed.Daemon.
func (d meshDaemon) StopLocal(graceMS uint64) *fault.Error {
	return d.daemon.node.stopLocal(d.daemon, graceMS, nil)
}

// RestartLocal implements meshed.Daemon.
func (d meshDaemon) RestartLocal() *fault.Error { return d.daemon.restart() }

// Capabilities implements meshed.Daemon.
func (d meshDaemon) Capabilities() []string { return d.daemon.Capabilities() }

// Health implements meshed.Daemon.
func (d meshDaemon) Health() uint8 { return uint8(d.daemon.Vitals().Health) }

// meshHost is the node as a meshed.Host.
type meshHost Node

func (h *meshHost) node() *Node { return (*Node)(h) }

// Config implements meshed.Host.
func (h *meshHost) Config() config.Config { return h.config }

// Log implements meshed.Host.
func (h *meshHost) Log(level logs.Level, daemon uint64, message string) {
	h.ring.Append(logs.Line{Time: time.Now(), Level: level, DaemonID: daemon, Message: []byte(message)})
}

// SetPeers implements meshed.Host.
func (h *meshHost) SetPeers(peers []view.Peer) { h.node().SetPeers(peers) }

// State implements meshed.Host.
func (h *meshHost) State() meshed.State {
	daemons := h.node().all()
	s := meshed.State{Started: h.started, Maintenance: h.seen.Load().Maintenance.Phase, Daemons: len(daemons)}
	for _, d := range daemons {
		s.Unhealthy = s.Unhealthy || d.Vitals().Health == vitals.Unhealthy
		s.Capabilities = append(s.Capabilities, d.Capabilities()...)
	}
	slices.Sort(s.Capabilities)
	s.Capabilities = slices.Compact(s.Capabilities)
	return s
}

// Version implements meshed.Host.
func (h *meshHost) Version() string { return h.version }

// LogsJSON implements meshed.Host.
func (h *meshHost) LogsJSON(after uint64, limit int) []byte { return h.node().LogsJSON(after, limit) }

// RuntimeJSON implements meshed.Host.
func (h *meshHost) RuntimeJSON() []byte { return h.node().RuntimeJSON() }

// DaemonJSON implements meshed.Host.
func (h *meshHost) DaemonJSON(id uint64) ([]byte, *fault.Error) { return h.node().DaemonJSON(id) }

// FollowLogs implements meshed.Host.
func (h *meshHost) FollowLogs(f func(logs.Record)) (stop func()) {
	followers := logs.NewFollowers(h.ring)
	followers.Set(logs.Trace, f)
	return func() {
		if done := followers.Set(logs.Trace, nil); done != nil {
			<-done
		}
	}
}

// SetLogLevel implements meshed.Host.
func (h *meshHost) SetLogLevel(least logs.Level) { h.ring.SetLevel(least) }

// EnterMaintenance implements meshed.Host.
func (h *meshHost) EnterMaintenance(drainMS uint64) *fault.Error {
	return h.node().EnterMaintenance(drainMS)
}

// ExitMaintenance implements meshed.Host.
func (h *meshHost) ExitMaintenance() *fault.Error { return h.node().ExitMaintenance() }
