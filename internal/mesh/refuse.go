//go:build mesh

package mesh

import (
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
)

// Refuse implements node.Mesh.
func (m *Mesh) Refuse(d meshed.Daemon, why *fault.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.members[d.ID()]
	if k != nil && k.daemon == d && k.driver != nil && len(k.standing.Standbys) == 0 {
		k.driver.Refuse(why)
	}
}
