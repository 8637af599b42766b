//go:build mesh

package mesh_test

import (
	"testing"
	"time"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// A deliver waits for a daemon that is held after a failure, on its own node and on another, as without a mesh.
func TestADeliverWaitsWhileADaemonIsHeld(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	const held = 700
	restarts := func(c *meshos.Config) {
		c.OnProcessFailure = config.Restart
		c.BackoffFirstMS = held
	}
	home, away := start(t, s, 1, patient, restarts), start(t, s, 2, patient, restarts)
	for i, of := range []struct {
		from *meshos.SDK
		fail func(id uint64) error
		kind fault.Kind
	}{
		{home, func(id uint64) error { return home.Deliver(id, meshos.InboundEvent{Payload: []byte("fail")}, nil) }, fault.ProcessFailed},
		{away, func(id uint64) error { return home.Deliver(id, meshos.InboundEvent{Payload: []byte("fail")}, nil) }, fault.ProcessFailed},
		{away, func(id uint64) error {
			_, err := home.Post(id, []meshos.InboundEvent{{Payload: []byte("fail")}})
			return err
		}, ""},
	} {
		d := new(counter)
		id := register(t, home, byte(i+1), d).ID()
		post(t, home, id, 1, 1)
		flush(t, home, id)
		began := time.Now()
		if err := of.fail(id); (err != nil || of.kind != "") && !is(err, of.kind) {
			t.Fatal(i, err)
		}
		eventually(t, "it is held", func() bool {
			return lifecycle(t, home, id) == "backing_off" || time.Since(began) > held*time.Millisecond
		})
		if err := of.from.Deliver(id, events(2, 1)[0], nil); err != nil {
			t.Errorf("%d: %v", i, err)
		}
		if took := time.Since(began); took < held*time.Millisecond {
			t.Errorf("%d: a deliver ends %v after the failure, and the daemon is held for %d ms", i, took, held)
		}
	}
}
