package meshos

import (
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/identity"
	"netmeshos/internal/node"
	"netmeshos/internal/view"
)

// ShutdownGrace is how long Shutdown waits for methods that run, and what the grace time
// of a daemon's shutdown is by default.
const ShutdownGrace = node.ShutdownGrace

// SeedSize is the length in bytes of the ed25519 seed that a daemon's id comes from.
const SeedSize = identity.SeedSize

// Peer is what is known of another node. A nil field is not known.
type Peer = view.Peer

// SDK is one supervisor with its daemons.
type SDK struct {
	node   *node.Node
	caller actor.Caller
}

// Start starts a supervisor. Errors: invalid_argument, runtime_panic (a capacity of
// CapacityLimit or more).
func Start(config Config) (*SDK, error) {
	n, err := node.Start(config, node.Options{})
	if err != nil {
		return nil, err
	}
	return &SDK{node: n}, nil
}

// Register puts a daemon under the supervisor, with the identity of the seed. A nil
// daemon does nothing but has a life: logs, control events, shutdown.
//
// The supervisor may call the daemon's methods before Register has returned: the daemon
// must be ready by then, and can't rely on the handle.
//
// Errors: invalid_argument (the name is not UTF-8), already_shutdown, register_failed (the
// identity is registered already), runtime_panic (a name with a NUL byte, which C could not
// show; a control capacity of CapacityLimit or more).
func (s *SDK) Register(name string, seed [SeedSize]byte, daemon Daemon) (*Handle, error) {
	if err := node.CheckName(name); err != nil {
		return nil, err
	}
	h := &Handle{mailbox: control.NewQueue(int(min(s.node.ControlCapacity(), CapacityLimit)))}
	methods := methodsOf(daemon, s.node)
	_, err := s.node.Register(&node.Registration{
		Name:      name,
		Seed:      seed,
		Callbacks: methods,
		Mailbox:   h.mailbox,
		Ready: func(d *node.Daemon) {
			h.daemon = d
			if m, ok := methods.(*methodSet); ok {
				m.id = d.ID()
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// NodeID is the id of this node.
func (s *SDK) NodeID() uint64 { return s.node.ID() }

// ControlCapacity is how many control events wait for one daemon.
func (s *SDK) ControlCapacity() uint64 { return s.node.ControlCapacity() }

// Ticks is how often the supervisor has ticked.
func (s *SDK) Ticks() uint64 { return s.node.Ticks() }

// DroppedControlEvents is how many control events did not fit into the mailboxes of the
// daemons registered now.
func (s *SDK) DroppedControlEvents() uint64 { return s.node.DroppedControlEvents() }

// SetPeers says what is known of the other nodes. Daemons see it in their metadata.
func (s *SDK) SetPeers(peers []Peer) { s.node.SetPeers(peers) }

// IsDown reports whether the SDK has been shut down.
func (s *SDK) IsDown() bool { return s.node.IsDown() }

// Shutdown ends the supervisor: it wakes all who wait for control events, and returns when
// no method of a daemon runs and none will. The handles live on. From inside a method of
// one of its daemons it doesn't wait. Errors: already_shutdown, shutdown_failed (a method
// still runs after ShutdownGrace; the SDK is shut down all the same).
func (s *SDK) Shutdown() error { return asError(s.node.Shutdown(s.caller)) }

// BeginShutdown is Shutdown without waiting.
func (s *SDK) BeginShutdown() error { return asError(s.node.BeginShutdown()) }

// EnterMaintenance takes the node out of work: all daemons get DrainStart, no new events
// are taken, and when all that wait are processed the node is in Maintenance. The drain
// fails after drainMS milliseconds; 0 means the configured time. Errors: already_shutdown,
// invalid_state.
func (s *SDK) EnterMaintenance(drainMS uint64) error {
	return asError(s.node.EnterMaintenance(drainMS))
}

// ExitMaintenance takes the node back to work: events are taken again, and when all daemons
// have said that they are healthy the node is in Recovery, and after the ramp time Active.
// Errors: already_shutdown, invalid_state.
func (s *SDK) ExitMaintenance() error { return asError(s.node.ExitMaintenance()) }

// StopDaemon sends a daemon Shutdown with the grace time in milliseconds, 0 meaning
// ShutdownGrace, and stops it when it says Done or the time is over: events that still wait
// are discarded, and no more are taken until RestartDaemon. The daemon stays registered.
// From inside a method of the daemon it doesn't wait.
//
// Errors: not_found, already_shutdown (the SDK), draining (the daemon is shutting down
// already), stopped (it is stopped already), shutdown_failed (a method still runs after the
// time).
func (s *SDK) StopDaemon(id, graceMS uint64) error {
	return asError(s.node.StopDaemon(id, graceMS, s.caller))
}

// RestartDaemon starts a stopped daemon again, and releases one that is held after failures
// at once and forgets them; for one that runs it only forgets them. Errors: not_found,
// already_shutdown (the SDK), draining (the daemon is being shut down).
func (s *SDK) RestartDaemon(id uint64) error { return asError(s.node.RestartDaemon(id)) }

// RuntimeJSON shows all there is to see of the SDK, with the daemons sorted by id;
// docs/runtime-json.md documents it key by key. It works after Shutdown too.
func (s *SDK) RuntimeJSON() []byte { return s.node.RuntimeJSON() }

// DaemonJSON is one daemon as RuntimeJSON shows it. Errors: not_found, already_shutdown.
func (s *SDK) DaemonJSON(id uint64) ([]byte, error) {
	text, err := s.node.DaemonJSON(id)
	return text, asError(err)
}

// Flush waits until the daemon's inbox is empty and none of its methods runs; id 0 means
// all daemons. A limit of 0 or less is none. Errors: not_found, already_shutdown (the SDK),
// timeout, invalid_state (from inside a method that would have to return).
func (s *SDK) Flush(id uint64, limit time.Duration) error {
	return asError(s.node.Flush(id, limit, s.caller))
}
