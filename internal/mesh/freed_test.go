//go:build mesh

package mesh_test

import (
	"testing"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// A deliver ends with its daemon though its commit can't be stored: with stopped where the servers certainly haven't it,
// and nothing of it is kept then.
func TestADeliverEndsWithItsDaemonWhileTheServersAreAway(t *testing.T) {
	for name, c := range map[string]struct {
		away, back func(*meshtest.Server, *testing.T, *meshos.SDK)
		want       fault.Kind
	}{
		"killed": {
			func(s *meshtest.Server, t *testing.T, sdk *meshos.SDK) { away(t, s, sdk) },
			func(s *meshtest.Server, t *testing.T, _ *meshos.SDK) { s.Restart(t) }, fault.Stopped},
		"hangs": {
			func(s *meshtest.Server, t *testing.T, _ *meshos.SDK) { s.Pause(t) },
			func(s *meshtest.Server, t *testing.T, _ *meshos.SDK) { s.Resume(t) }, fault.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			s := meshtest.Start(t, meshtest.Options{})
			long := func(c *meshos.Config) { c.Mesh.LeaseMS = 60_000 }
			sdk := start(t, s, 1, patient, long)
			d := &hanging{inside: make(chan struct{}, 1), goOn: make(chan struct{})}
			h := register(t, sdk, 1, d)
			post(t, sdk, h.ID(), 1, 10)
			flush(t, sdk, h.ID())
			delivered := make(chan error, 1)
			go func() {
				delivered <- sdk.Deliver(h.ID(), meshos.InboundEvent{Origin: 5, Sequence: 11, Payload: []byte("hang")}, nil)
			}()
			<-d.inside
			c.away(s, t, sdk)
			close(d.goOn)
			eventually(t, "it is processed", func() bool { return d.counted() == 11 })
			soon(t, "the end of the daemon", func() {
				h.Close()
				if err := <-delivered; !is(err, c.want) {
					t.Errorf("the deliver ends with %v, want %s", err, c.want)
				}
			})
			c.back(s, t, sdk)
			again := new(counter)
			register(t, sdk, 1, again)
			if err := sdk.Deliver(h.ID(), events(12, 1)[0], nil); err != nil {
				t.Fatal(err)
			}
			if got := again.counted(); got != 11 && (c.want == fault.Stopped || got != 12) {
				t.Errorf("the next one has counted to %d", got)
			}
		})
	}
}
