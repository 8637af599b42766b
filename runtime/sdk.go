package meshos

import (
	"crypto/rand"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/identity"
	"netmeshos/internal/node"
)

// ShutdownGrace is how long Shutdown waits for methods that run. It is also the default
// grace time of a daemon's shutdown.
const ShutdownGrace = node.ShutdownGrace

// SeedSize is the length in bytes of the ed25519 seed that a daemon's id is derived from.
const SeedSize = identity.SeedSize

// NewSeed returns random bytes for a new identity. Whoever has a seed is that daemon, so keep
// it like a private key. The same seed gives the same id.
func NewSeed() (seed [SeedSize]byte) {
	_, _ = rand.Read(seed[:]) // it never fails
	return seed
}

// SDK is one supervisor with its daemons.
type SDK struct {
	node   *node.Node
	caller actor.Caller
}

// Start starts a supervisor. Errors: invalid_argument, runtime_panic (a capacity of
// CapacityLimit or more).
func Start(config Config) (*SDK, error) {
	n, err := node.Start(config, node.Options{Version: Version})
	if err != nil {
		return nil, err
	}
	return &SDK{node: n}, nil
}

// Register registers a daemon with the identity of the seed. A nil daemon processes
// nothing, but has a handle for logs, control events and shutdown.
//
// The supervisor may call the daemon's methods before Register has returned: the daemon
// must be ready by then, and can't rely on the handle.
//
// Errors: invalid_argument (the name is not UTF-8), already_shutdown, register_failed (the
// identity is already registered), runtime_panic (a name with a NUL byte, which C could not
// show; a control capacity of CapacityLimit or more).
func (s *SDK) Register(name string, seed [SeedSize]byte, daemon Daemon) (*Handle, error) {
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

// NodeID returns the id of this node.
func (s *SDK) NodeID() uint64 { return s.node.ID() }

// ControlCapacity returns how many control events may wait for one daemon.
func (s *SDK) ControlCapacity() uint64 { return s.node.ControlCapacity() }

// Ticks returns how often the supervisor has ticked.
func (s *SDK) Ticks() uint64 { return s.node.Ticks() }

// DroppedControlEvents returns how many control events did not fit into the mailboxes of
// the registered daemons.
func (s *SDK) DroppedControlEvents() uint64 { return s.node.DroppedControlEvents() }

// SetPeers replaces what is known about other nodes. Daemons see it in their metadata.
func (s *SDK) SetPeers(peers []Peer) { s.node.SetPeers(peers) }

// IsDown reports whether the SDK has been shut down.
func (s *SDK) IsDown() bool { return s.node.IsDown() }

// Shutdown ends the supervisor. It wakes everybody who waits for control events, and returns
// when no method of a daemon runs and none will. The handles stay valid. From inside a method
// of one of its daemons it doesn't wait. Errors: already_shutdown, shutdown_failed (a method
// still runs after ShutdownGrace; the SDK is shut down anyway).
func (s *SDK) Shutdown() error { return asError(s.node.Shutdown(s.caller)) }

// BeginShutdown is Shutdown without waiting.
func (s *SDK) BeginShutdown() error { return asError(s.node.BeginShutdown()) }

// EnterMaintenance starts a drain: it sends all daemons DrainStart and refuses new events.
// Once all waiting events are processed, the node is in Maintenance. The drain fails after
// drainMS milliseconds; 0 means the configured time. Errors: already_shutdown,
// invalid_state.
func (s *SDK) EnterMaintenance(drainMS uint64) error {
	return asError(s.node.EnterMaintenance(drainMS))
}

// ExitMaintenance brings the node back: it accepts events again. Once all daemons have
// reported that they are healthy, the node is in Recovery, and after the ramp time it is
// Active. Errors: already_shutdown, invalid_state.
func (s *SDK) ExitMaintenance() error { return asError(s.node.ExitMaintenance()) }

// StopDaemon sends a daemon Shutdown with the grace time in milliseconds, where 0 means
// ShutdownGrace. It stops the daemon when the daemon has called Done or the time is over:
// events that still wait are discarded, and none are accepted until RestartDaemon. The
// daemon stays registered. From inside a method of the daemon it doesn't wait.
//
// Errors: not_found, already_shutdown (the SDK), draining (the daemon is already shutting
// down), stopped (it is already stopped), shutdown_failed (a method is still running when
// the time is over).
func (s *SDK) StopDaemon(id, graceMS uint64) error {
	return asError(s.node.StopDaemon(id, graceMS, s.caller))
}

// RestartDaemon restarts a stopped daemon, or releases one that is held after failures. In
// any case it forgets the daemon's failures. Errors: not_found, already_shutdown (the SDK),
// draining (the daemon is being shut down).
func (s *SDK) RestartDaemon(id uint64) error { return asError(s.node.RestartDaemon(id)) }

// RuntimeJSON returns the state of the SDK and its daemons, sorted by id, as JSON.
// docs/runtime-json.md documents every key. It works after Shutdown too.
func (s *SDK) RuntimeJSON() []byte { return s.node.RuntimeJSON() }

// Metrics returns the same as RuntimeJSON as OpenMetrics text, for an endpoint that
// Prometheus reads. It works after Shutdown too.
func (s *SDK) Metrics() []byte { return s.node.Metrics() }

// DaemonJSON is one daemon as RuntimeJSON shows it. Errors: not_found, already_shutdown.
func (s *SDK) DaemonJSON(id uint64) ([]byte, error) {
	text, err := s.node.DaemonJSON(id)
	return text, asError(err)
}

// Flush waits until the daemon's inbox is empty and none of its methods runs; id 0 means
// all daemons. A limit of 0 or less means forever. Errors: not_found, already_shutdown (the
// SDK), timeout, invalid_state (Flush would wait for a method that the caller runs inside).
func (s *SDK) Flush(id uint64, limit time.Duration) error {
	return asError(s.node.Flush(id, limit, s.caller))
}
