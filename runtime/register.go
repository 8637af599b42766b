package meshos

import (
	"strings"
	"unicode/utf8"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/identity"
	"netmeshos/internal/logs"
)

// SeedSize is the length in bytes of the ed25519 seed that a daemon's id comes
// from.
const SeedSize = identity.SeedSize

// Register puts a daemon under the supervisor, with the identity of the seed.
// A nil daemon does nothing but has a life: logs, control events, shutdown.
//
// The supervisor may call the daemon's methods before Register has returned: it
// must be ready by then, and can't rely on the handle.
//
// Errors: invalid_argument (the name is not UTF-8), already_shutdown,
// register_failed (the identity is registered already), runtime_panic (a name
// with a NUL byte, which C could not show; a control capacity of 2^61 or more).
func (s *SDK) Register(name string, seed [SeedSize]byte, daemon Daemon) (*Handle, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	var registered atomic.Pointer[Handle]
	callbacks := callbacksOf(daemon, func(level logs.Level, message string) {
		s.note(level, registered.Load().id, "%s", message)
	})
	mailbox := control.NewQueue(int(min(s.config.ControlCapacity, CapacityLimit)))
	return s.RegisterWith(name, seed, callbacks, mailbox, func(h *Handle) {
		h.queue = mailbox
		registered.Store(h)
	})
}

// CheckName refuses what is not UTF-8.
func CheckName(name string) error {
	if !utf8.ValidString(name) {
		return fault.New(fault.InvalidArgument, "the daemon name is not valid UTF-8")
	}
	return nil
}

// RegisterWith is Register for a daemon behind another language's border. The
// name must be valid UTF-8. ready is called with the handle before the first
// callback can be.
func (s *SDK) RegisterWith(name string, seed [SeedSize]byte, callbacks actor.Callbacks, mailbox control.Mailbox, ready func(*Handle)) (*Handle, error) {
	if s.IsDown() { // before the key is derived, which takes long
		return nil, errSDKShutDown
	}
	if at := strings.IndexByte(name, 0); at >= 0 {
		return nil, fault.New(fault.RuntimePanic, "the daemon name has a NUL byte at offset %d and can't be shown as a C string", at)
	}
	if err := checkCapacity("control_capacity", s.config.ControlCapacity); err != nil {
		return nil, err
	}
	h := &Handle{
		sdk:   s,
		id:    identity.FromSeed(seed).ID,
		name:  name,
		route: s.router.Attach(mailbox),
		freed: make(chan struct{}),
	}
	h.actor = actor.New(s.env, h.id, shorten(name), callbacks, h.vitalsChanged)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, errSDKShutDown
	}
	if other, taken := s.daemons[h.id]; taken {
		return nil, fault.New(fault.RegisterFailed,
			"the daemon id %#x of this seed is registered already, as %q: free that handle first, or use another seed", h.id, shorten(other.name))
	}
	h.seen = s.node.Load()
	ready(h)
	s.daemons[h.id] = h
	if h.actor.Features()&actor.HasProbe != 0 {
		s.probed[h] = struct{}{}
	}
	return h, nil
}

// unregister frees the daemon's id. It may be called more than once.
func (s *SDK) unregister(h *Handle) {
	h.route.Detach()
	s.mu.Lock()
	delete(s.probed, h)
	if s.daemons[h.id] == h {
		delete(s.daemons, h.id)
		s.recent.remove(h)
		s.remember(h)
	}
	s.mu.Unlock()
	h.actor.Unlink()
}

// shorten keeps error messages short whatever the length of a name.
func shorten(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "…"
}
