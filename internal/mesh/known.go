//go:build mesh

package mesh

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"go.uber.org/atomic"

	"netmeshos/internal/mesh/directory"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/operators"
)

// known is the daemons that have been seen in the mesh. An operator may have the mesh forget one, which nodes are told.
type known struct {
	ids  sync.Map
	lost atomic.Uint64 // how often something was forgotten: what was read before doesn't count
}

func (k *known) has(id uint64) (has bool, lost uint64) {
	lost = k.lost.Load()
	_, has = k.ids.Load(id)
	return has, lost
}

// add takes note of a daemon, unless something was forgotten since lost was that.
func (k *known) add(id, lost uint64) {
	k.ids.Store(id, struct{}{})
	if k.lost.Load() != lost {
		k.ids.Delete(id)
	}
}

func (k *known) forget(id uint64) {
	k.lost.Inc()
	k.ids.Delete(id)
}

func (k *known) clear() {
	k.lost.Inc()
	k.ids.Clear()
}

// Knows implements node.Mesh.
func (m *Mesh) Knows(id uint64) bool {
	has, lost := m.known.has(id)
	if has {
		return true
	}
	if m.registered(id) {
		m.known.add(id, lost)
		return true
	}
	ctx, cancel := m.limited(m.request)
	defer cancel()
	_, known, err := m.set.Load().Owner(ctx, id)
	if !known && err == nil {
		var registered []link.Message
		registered, err = m.link.LastOf(ctx, m.names.MetaStream(), m.names.RegistrationsOf(id))
		if err == nil && !slices.ContainsFunc(registered, isThere) {
			return false
		}
	}
	if err == nil {
		m.known.add(id, lost)
	}
	return !errors.Is(err, link.ErrNone) // if nobody can be asked, the call itself says so
}

// isThere reports whether a node has registered a daemon, or has withdrawn that. A marker says that it is forgotten, or
// was withdrawn long ago by a node that has never run it.
func isThere(m link.Message) bool { return m.Marker == "" && directory.IsRegistration(m) }

// registered reports whether this node has registered a daemon, or is about to.
func (m *Mesh) registered(id uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.members[id] != nil
}

// hearForgotten hears which daemons the mesh forgets. A node that was cut off may have missed it.
func (m *Mesh) hearForgotten() error {
	m.link.OnState(func(up bool) {
		if up {
			m.known.clear()
		}
	})
	subject := strings.Replace(m.names.Do(0, operators.NoticeForgotten), link.Hex(0), "*", 1)
	stop, err := m.link.Serve(subject, func(r link.Request) {
		if kind, id, _, ok := m.names.ParseRequest(r.Subject); ok && kind == "do" {
			m.known.forget(id)
			m.owners.Delete(id)
		}
	})
	if err == nil {
		m.stops = append(m.stops, stop)
	}
	return err
}
