package meshos_test

import (
	"encoding/json"
	"testing"

	meshos "netmeshos/runtime"
)

// Every value of a peer's health and maintenance can be named by a program and is shown.
func TestPeersHealthAndMaintenance(t *testing.T) {
	phase := func(p meshos.MaintenancePhase) *meshos.MaintenancePhase { return &p }
	cases := []struct {
		health      meshos.PeerHealth
		maintenance *meshos.MaintenancePhase
		wantHealth  string
		wantPhase   string
	}{
		{meshos.PeerHealthUnknown, nil, "Unknown", "Unknown"},
		{meshos.PeerHealthy, phase(meshos.PhaseActive), "Healthy", "Active"},
		{meshos.PeerDegraded, phase(meshos.PhaseEnteringMaintenance), "Degraded", "EnteringMaintenance"},
		{meshos.PeerUnreachable, phase(meshos.PhaseMaintenance), "Unreachable", "Maintenance"},
		{meshos.PeerHealthy, phase(meshos.PhaseExitingMaintenance), "Healthy", "ExitingMaintenance"},
		{meshos.PeerHealthy, phase(meshos.PhaseDrainFailed), "Healthy", "DrainFailed"},
		{meshos.PeerHealthy, phase(meshos.PhaseRecovery), "Healthy", "Recovery"},
	}
	sdk := start(t, quiet)
	h := register(t, sdk, 1, nil)
	peers := make([]meshos.Peer, len(cases))
	for i, c := range cases {
		peers[i] = meshos.Peer{NodeID: uint64(i), Health: c.health, Maintenance: c.maintenance}
	}
	sdk.SetPeers(peers)
	text, err := h.RefreshMetadata()
	wantKind(t, "RefreshMetadata", err, "")
	var shown struct {
		Peers []struct{ Health, Maintenance string }
	}
	if err := json.Unmarshal(text, &shown); err != nil || len(shown.Peers) != len(cases) {
		t.Fatalf("metadata %s: %v", text, err)
	}
	for i, c := range cases {
		if got := shown.Peers[i]; got.Health != c.wantHealth || got.Maintenance != c.wantPhase {
			t.Errorf("peer %d is shown as %+v, want %s and %s", i, got, c.wantHealth, c.wantPhase)
		}
	}
}
