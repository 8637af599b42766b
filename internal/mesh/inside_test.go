//go:build mesh

package mesh_test

import (
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// asking runs a function inside process. It has neither snapshot nor restore.
type asking struct{ ask func() }

func (a *asking) Process(meshos.InboundEvent, func([]byte)) error { a.ask(); return nil }

// stateful is one that has both.
type stateful struct {
	counter
	asking
}

func (s *stateful) Process(e meshos.InboundEvent, emit func([]byte)) error {
	return s.asking.Process(e, emit)
}

// What a daemon is told about its own state inside process is the same with and without a mesh.
func TestAStateFromInsideADaemon(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	alone, err := meshos.Start(meshos.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Shutdown() //nolint:errcheck // there is nothing to lose
	direct := func(c *meshos.Config) { c.Mesh.Events = config.Direct }
	type want struct{ snapshot, nothing, something fault.Kind }
	for who, sdk := range map[string]*meshos.SDK{"no mesh": alone, "durable": start(t, s, 1, patient), "direct": start(t, s, 2, patient, direct)} {
		bare, full := new(asking), new(stateful)
		for seed, of := range []struct {
			daemon meshos.Daemon
			ask    *asking
			want   want
		}{
			{bare, bare, want{"", "", fault.RestoreFailed}},
			{full, &full.asking, want{fault.InvalidState, fault.InvalidState, fault.InvalidState}},
		} {
			h := register(t, sdk, byte(10*sdk.NodeID())+byte(seed), of.daemon)
			of.ask.ask = func() {
				inside := sdk.Inside(h)
				state, err := inside.Snapshot(h.ID())
				kind(t, who, "a snapshot", err, of.want.snapshot)
				if state != nil {
					t.Errorf("%s: a state of %d bytes", who, len(state))
				}
				kind(t, who, "a restore of nothing", inside.Restore(h.ID(), nil), of.want.nothing)
				kind(t, who, "a restore", inside.Restore(h.ID(), []byte("12345678")), of.want.something)
			}
			if err := sdk.Deliver(h.ID(), events(1, 1)[0], nil); err != nil {
				t.Errorf("%s: %v", who, err)
			}
		}
	}
}

// kind checks how a call has ended; "": well.
func kind(t *testing.T, who, what string, err error, want fault.Kind) {
	t.Helper()
	if err == nil && want == "" || is(err, want) {
		return
	}
	t.Errorf("%s: %s ends with %v, want %q", who, what, err, want)
}
