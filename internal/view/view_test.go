package view

import (
	"encoding/json"
	"testing"
	"time"

	"netmeshos/internal/phase"
)

var epoch = time.UnixMilli(1_000_000)

func ptr[T any](v T) *T { return &v }

func TestMetadataJSON(t *testing.T) {
	at := func(ms int64) time.Time { return epoch.Add(-time.Duration(ms) * time.Millisecond) }
	for _, c := range []struct {
		name  string
		state phase.State
		peers []Peer
		want  string // of maintenance_state, node_id and peers
	}{
		{"active", phase.State{}, nil,
			`{"kind":"active"},"node_id":4660,"peers":[]`},
		{"entering with a deadline", phase.State{Phase: phase.EnteringMaintenance, Since: at(5), Deadline: at(-1500)}, nil,
			`{"deadline_remaining_ms":1500,"kind":"entering_maintenance","since_ms":5},"node_id":4660,"peers":[]`},
		{"entering without one", phase.State{Phase: phase.EnteringMaintenance, Since: at(5)}, nil,
			`{"deadline_remaining_ms":null,"kind":"entering_maintenance","since_ms":5},"node_id":4660,"peers":[]`},
		{"a deadline that is over", phase.State{Phase: phase.EnteringMaintenance, Since: at(5), Deadline: at(1)}, nil,
			`{"deadline_remaining_ms":0,"kind":"entering_maintenance","since_ms":5},"node_id":4660,"peers":[]`},
		{"maintenance", phase.State{Phase: phase.Maintenance, Since: at(0)}, nil,
			`{"kind":"maintenance","since_ms":0},"node_id":4660,"peers":[]`},
		{"exiting", phase.State{Phase: phase.ExitingMaintenance, Since: at(7)}, nil,
			`{"kind":"exiting_maintenance","since_ms":7},"node_id":4660,"peers":[]`},
		{"failed", phase.State{Phase: phase.DrainFailed, Since: at(7), Reason: `2 "busy"`}, nil,
			`{"kind":"drain_failed","reason":"2 \"busy\"","since_ms":7},"node_id":4660,"peers":[]`},
		{"recovery", phase.State{Phase: phase.Recovery, Since: at(86_400_000)}, nil,
			`{"kind":"recovery","since_ms":86400000},"node_id":4660,"peers":[]`},
		{"a phase of the future", phase.State{Phase: 99, Since: at(1)}, nil,
			`{"kind":"unknown","since_ms":1},"node_id":4660,"peers":[]`},
		{"peers", phase.State{}, []Peer{
			{NodeID: 1},
			{NodeID: 1<<64 - 1, CapabilitySet: []string{"b", "a"}, CPULoad1m: ptr(0.5), DiskTotalBytes: ptr(uint64(9)), DiskUsedBytes: ptr(uint64(8)),
				ForkedFrom: ptr(uint64(7)), Health: Unreachable, Maintenance: ptr(phase.DrainFailed), MemTotalBytes: ptr(uint64(6)),
				MemUsedBytes: ptr(uint64(5)), RTTMS: ptr(1.25), SaturationTrend: ptr(-0.25), SoftwareVersion: ptr("0.25.0")},
		}, `{"kind":"active"},"node_id":4660,"peers":[` +
			`{"capability_set":[],"cpu_load_1m":null,"disk_total_bytes":null,"disk_used_bytes":null,"forked_from":null,"health":"Unknown",` +
			`"maintenance":"Unknown","mem_total_bytes":null,"mem_used_bytes":null,"node_id":1,"rtt_ms":null,"saturation_trend":null,"software_version":null},` +
			`{"capability_set":["a","b"],"cpu_load_1m":0.5,"disk_total_bytes":9,"disk_used_bytes":8,"forked_from":7,"health":"Unreachable",` +
			`"maintenance":"DrainFailed","mem_total_bytes":6,"mem_used_bytes":5,"node_id":18446744073709551615,"rtt_ms":1.25,"saturation_trend":-0.25,"software_version":"0.25.0"}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Metadata{&Node{ID: 4660, Maintenance: c.state, Peers: c.peers}, 8658788451821909695, "telemetry"}
			got := string(m.JSON(epoch))
			want := `{"daemon_id":8658788451821909695,"daemon_name":"telemetry","maintenance_state":` + c.want + `}`
			if got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if !json.Valid([]byte(got)) {
				t.Error("not JSON")
			}
		})
	}
}
