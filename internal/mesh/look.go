//go:build mesh

package mesh

import (
	json "github.com/goccy/go-json"

	"netmeshos/internal/config"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/directory"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/view"
)

// state is what a beat says.
func (m *Mesh) state() directory.State {
	s := m.host.State()
	m.mu.Lock()
	defer m.mu.Unlock()
	runs, standbys := 0, 0
	for _, k := range m.members {
		if k.driver != nil && k.driver.Owns() {
			runs++
		} else if !k.leaving {
			standbys++
		}
	}
	return directory.State{Started: s.Started, Maintenance: s.Maintenance, Daemons: runs, Standbys: standbys, Unhealthy: s.Unhealthy, Capabilities: s.Capabilities}
}

func (m *Mesh) setPeers(peers []view.Peer) {
	m.peers.Store(&peers)
	m.host.SetPeers(peers)
}

// View implements node.Mesh.
func (m *Mesh) View(id uint64) (meshed.DaemonView, bool) {
	m.mu.Lock()
	k := m.members[id]
	if k == nil {
		m.mu.Unlock()
		return meshed.DaemonView{}, false
	}
	d, standing, wanted := k.driver, k.standing, m.wanted(k)
	m.mu.Unlock()
	v := meshed.DaemonView{Node: standing.Owner, Standbys: standing.Standbys}
	if d == nil {
		return v, true
	}
	s := d.Status()
	v.Committed, v.Dead, v.WaitsFor, v.Foreign, v.To = s.Committed, s.Dead, s.Waits, s.Foreigners, m.set.Load().Subscribers(id)
	v.Waiting = uint64(s.Waiting) //nolint:gosec // not negative
	switch {
	case s.Phase == ownership.Owner || s.Phase == ownership.Claiming:
		v.Node = m.Node()
	case s.Other.Node != 0:
		v.Node = s.Other.Node
	case standing.Turn && !wanted && s.Phase == ownership.Standby: // handed over, and the queue doesn't show it yet
		v.Node = standing.Standbys[0]
	}
	v.Standby = v.Node != 0 && v.Node != m.Node()
	v.Away = m.config.Events == config.Direct && !d.Direct(m.poster)
	return v, true
}

// JSON implements node.Mesh. docs/mesh.md documents the keys.
func (m *Mesh) JSON() []byte {
	type peer struct {
		NodeID      uint64   `json:"node_id"`
		NodeIDHex   view.Hex `json:"node_id_hex"`
		Health      string   `json:"health"`
		Maintenance string   `json:"maintenance"`
		RTTMS       *float64 `json:"rtt_ms"`
	}
	_, held := m.dir.Held()
	look := struct {
		Name          string   `json:"name"`
		Events        string   `json:"events"`
		Instance      view.Hex `json:"instance"`
		Connected     bool     `json:"connected"`
		Lease         bool     `json:"lease"`
		OrdersTaken   uint64   `json:"orders_taken"`
		OrdersRefused uint64   `json:"orders_refused"`
		Foreign       uint64   `json:"foreign_messages"`
		Peers         []peer   `json:"peers"`
	}{
		Name: m.config.Name, Events: m.config.Events, Instance: view.Hex(m.dir.Instance()), Connected: m.link.Up(), Lease: held,
		OrdersTaken: m.orders.Taken(), OrdersRefused: m.orders.Refused(), Foreign: m.set.Load().Foreigners(), Peers: []peer{},
	}
	if all := m.peers.Load(); all != nil {
		for _, p := range *all {
			one := peer{NodeID: p.NodeID, NodeIDHex: view.Hex(p.NodeID), Health: p.Health.String(), RTTMS: p.RTTMS}
			if p.Maintenance != nil {
				one.Maintenance = p.Maintenance.String()
			}
			look.Peers = append(look.Peers, one)
		}
	}
	text, err := json.Marshal(look)
	if err != nil {
		return []byte("{}") // it has strings and numbers only
	}
	return text
}

// publishLines publishes the node's log for those who follow it.
func (m *Mesh) publishLines() {
	subject := m.names.Lines(m.Node())
	stop := m.host.FollowLogs(func(r logs.Record) {
		if !m.link.Up() {
			return
		}
		line := view.LogRecords{{
			Seq: r.Seq, UnixMS: r.Time.UnixMilli(), Level: r.Level.String(), DaemonID: r.DaemonID, IDHex: view.Hex(r.DaemonID),
			NodeID: r.NodeID, NodeHex: view.Hex(r.NodeID), Message: r.Message,
		}}
		if text := line.JSON(); len(text) <= m.link.MaxData() {
			_ = m.link.Publish(subject, text) // who follows sees the gap by the numbers
		}
	})
	m.stops = append(m.stops, stop)
}
