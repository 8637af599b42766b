package node

import (
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
)

// NewMesh joins the mesh of a node's configuration. It is nil in an edition without
// network code. Errors: config_invalid, mesh_unavailable, node_id_taken.
var NewMesh func(meshed.Host) (Mesh, *fault.Error)

// Mesh is what a node asks of its mesh. All methods are safe from any goroutine. None calls the
// network on the caller's thread: they wait for goroutines that do.
//
// Errors of all that return one, besides those of the node's method of the same name:
// mesh_unavailable (nothing was stored or done), timeout (that isn't known).
type Mesh interface {
	// Node is the node's id: that of the configuration, or the one made for it.
	Node() uint64

	// Register announces a daemon, which this node runs or stands by for from now on. When it
	// returns, other nodes know the daemon, unless the servers can't be reached: it waits for none
	// of them, and the daemon is announced when one is back. Claims and take-overs happen in the background.
	Register(d meshed.Daemon)
	// Unregister hands a daemon over at once, because it has ended or is about to. When it
	// returns, no method of the daemon is running or will be called; but while the servers are away
	// it returns at once, and they may be called until one is back: they say then that the daemon has
	// ended. It does nothing for a daemon that isn't registered: another may be by now, with the same id.
	Unregister(d meshed.Daemon)
	// Refuse answers calls that wait for a daemon of this node, and later ones, with an error, unless another
	// node would go on with the daemon. What is under way goes on.
	Refuse(d meshed.Daemon, why *fault.Error)
	// Resumed says that a daemon may have become able to process events: Step may succeed.
	Resumed(id uint64)
	// Knows reports whether the daemon has ever been registered in the mesh.
	Knows(id uint64) bool

	// PostLater stores events, and doesn't wait for the servers: done is told how many are stored, once, on any goroutine,
	// maybe before PostLater returns, and must not block. Until then the events must stay as they are.
	PostLater(id uint64, events []event.Event, done func(accepted int, err *fault.Error))
	// Deliver calls reply with the event's outputs, if it has any, before it returns.
	Deliver(id uint64, e event.Event, reply func(event.Batch)) *fault.Error
	Subscribe(from, to uint64) *fault.Error
	Unsubscribe(from, to uint64) *fault.Error
	// Flush waits until what was stored for the daemon before has been processed and
	// committed. A negative limit means forever.
	Flush(id uint64, limit time.Duration) *fault.Error
	Snapshot(id uint64) ([]byte, *fault.Error)
	Restore(id uint64, state []byte) *fault.Error
	// ChangeStopped stops or restarts a daemon of this node by change, which says whether it is stopped
	// then, and has the mesh know it: a daemon that is stopped stays so on whichever node.
	ChangeStopped(id uint64, stopped bool, change func() (bool, *fault.Error)) *fault.Error
	StopDaemon(id, graceMS uint64) *fault.Error
	RestartDaemon(id uint64) *fault.Error

	// Drain begins to hand over every daemon that has a standby, and to have the others process
	// what waits. done is closed when that is over, or Undrain has ended it, with which the node
	// takes part again. Neither waits.
	Drain() (done <-chan struct{})
	Undrain()

	// View is what the mesh knows about a registered daemon. It doesn't wait for a server.
	View(id uint64) (meshed.DaemonView, bool)
	// JSON is the object "mesh" of runtime_json.
	JSON() []byte
	// Close leaves the mesh, once all daemons are unregistered. Calls that still wait get
	// already_shutdown.
	Close()
}
