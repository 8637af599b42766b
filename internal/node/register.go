package node

import (
	"strings"
	"unicode/utf8"

	"netmeshos/internal/actor"
	"netmeshos/internal/amount"
	"netmeshos/internal/config"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/identity"
	"netmeshos/internal/life"
)

// ErrNoProcess is the error for a registration without callbacks.
var ErrNoProcess = fault.New(fault.InvalidArgument, "the daemon has no process callback, which is required")

// Registration describes a daemon to register.
type Registration struct {
	Name      string
	Seed      [identity.SeedSize]byte
	Callbacks actor.Callbacks // nil: process is missing
	Mailbox   control.Mailbox
	// Ready is called with the daemon before any of its callbacks.
	Ready func(*Daemon)
}

// savedState returns the state that an earlier process saved; nil: none. It leaves the file
// of a daemon alone that is registered.
func (n *Node) savedState(id uint64, callbacks actor.Callbacks) ([]byte, *fault.Error) {
	if n.states == nil || n.durable || callbacks.Features()&actor.HasRestore == 0 {
		return nil, nil
	}
	n.mu.RLock()
	_, taken := n.daemons[id]
	n.mu.RUnlock()
	if taken {
		return nil, nil // Register says so
	}
	state, err := n.states.Load(id)
	if err != nil {
		return nil, fault.New(fault.StateInvalid, "the saved state can't be used: %w", err)
	}
	return state, nil
}

// Register registers a daemon. Errors, in the order in which they are checked:
// invalid_argument (the name is too long, or not UTF-8), ErrNoProcess, already_shutdown, runtime_panic (a
// name with a NUL byte, which C could not show; a control capacity of config.CapacityLimit or
// more), state_invalid (the saved state of the daemon is damaged, and now kept aside),
// register_failed (the identity is already registered). In a durable mesh, ErrNoProcess is followed by
// invalid_argument (snapshot without restore).
func (n *Node) Register(r *Registration) (*Daemon, *fault.Error) {
	if most := n.config.MaxMessageBytes; uint64(len(r.Name)) > most {
		return nil, fault.New(fault.InvalidArgument, "the daemon name has %s, but max_message_bytes is %d", amount.Of(len(r.Name), "byte"), most)
	}
	if !utf8.ValidString(r.Name) {
		return nil, fault.New(fault.InvalidArgument, "the daemon name is not valid UTF-8")
	}
	if r.Callbacks == nil {
		return nil, ErrNoProcess
	}
	if n.IsDown() { // before the key, because deriving the key is slow
		return nil, errDown
	}
	if at := strings.IndexByte(r.Name, 0); at >= 0 {
		return nil, fault.New(fault.RuntimePanic, "the daemon name has a NUL byte at offset %d and can't be shown as a C string", at)
	}
	if err := config.CheckCapacity("control_capacity", n.config.ControlCapacity); err != nil {
		return nil, err
	}
	if f := r.Callbacks.Features(); n.durable && f&actor.HasSnapshot != 0 && f&actor.HasRestore == 0 {
		return nil, errNoRestore
	}
	id := identity.FromSeed(&r.Seed).ID
	state, err := n.savedState(id, r.Callbacks)
	if err != nil {
		return nil, err
	}
	d := n.newDaemon(id, r)
	if err := n.add(d, r, state); err != nil {
		return nil, err
	}
	if n.mesh != nil {
		n.mesh.Register(d.meshed())
	}
	if f := r.Callbacks.Features(); n.states != nil && !n.durable && f&actor.HasSnapshot != 0 && f&actor.HasRestore == 0 && n.states.Has(id) {
		n.happened(life.StateUnused{Daemon: life.Daemon{ID: id}})
	}
	return d, nil
}

// add makes a daemon one of the registered ones.
func (n *Node) add(d *Daemon, r *Registration, state []byte) *fault.Error {
	id := d.ID()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return errDown
	}
	if other, taken := n.daemons[id]; taken {
		return fault.New(fault.RegisterFailed,
			"the daemon id %#x of this seed is registered already, as %q: free that handle first, or use another seed", id, other.actor.Name())
	}
	d.seen = n.seen.Load()
	r.Ready(d)
	n.daemons[id] = d
	if d.actor.Features()&actor.HasProbe != 0 {
		n.probed[d] = struct{}{}
	}
	d.actor.Begin(state)
	n.happened(life.Registered{Daemon: life.Daemon{ID: id}, Name: d.actor.Name()})
	return nil
}

// newDaemon returns a daemon that is not registered yet.
func (n *Node) newDaemon(id uint64, r *Registration) *Daemon {
	p := new(parts)
	p.channel.Init(n.drops, r.Mailbox)
	p.actor.Init(n.env, id, fault.Shorten(r.Name), r.Callbacks, &p.channel)
	p.daemon.node, p.daemon.actor = n, &p.actor
	switch {
	case n.durable:
		p.actor.MakeDurable()
	case n.mesh != nil:
		p.actor.MakeShared()
	}
	if name := r.Name; p.actor.Name() != name {
		p.daemon.long = &name
	}
	return &p.daemon
}
