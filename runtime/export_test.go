package meshos

import (
	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/life"
	"netmeshos/internal/node"
)

// StartObserved is Start with a hook that gets the life events.
func StartObserved(config Config, hook life.Hook) (*SDK, error) {
	n, err := node.Start(config, node.Options{OnLife: hook})
	if err != nil {
		return nil, err
	}
	return &SDK{node: n}, nil
}

// Free does what the C library's sdk_free does.
func (s *SDK) Free() error { return asError(s.node.Free(s.caller)) }

// MetadataStale does what the C library does before it refreshes its text.
func (h *Handle) MetadataStale() (bool, error) {
	stale, err := h.daemon.MetadataStale()
	return stale, asError(err)
}

// RegisterWith registers a daemon whose control events go to another mailbox.
func (s *SDK) RegisterWith(name string, seed [SeedSize]byte, mailbox control.Mailbox) (*Handle, error) {
	h := &Handle{}
	_, err := s.node.Register(&node.Registration{
		Name: name, Seed: seed, Callbacks: actor.None{}, Mailbox: mailbox,
		Ready: func(d *node.Daemon) { h.daemon = d },
	})
	return h, asError(err)
}
