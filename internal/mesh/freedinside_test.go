//go:build mesh

package mesh

import (
	"context"
	"testing"
	"time"

	"netmeshos/internal/mesh/meshed"
)

// named is a daemon of which only the id is asked.
type named struct{ meshed.Daemon }

func (*named) ID() uint64 { return 7 }

// A daemon that was freed inside its own callback can be registered again before the mesh hears of its end. It is handed
// over then, or the new one would wait for it for good.
func TestARegistrationEndsTheOneBefore(t *testing.T) {
	closing, end := context.WithCancel(context.Background())
	m := &Mesh{closing: closing, members: map[uint64]*member{}}
	m.silent.Store(true) // Register doesn't wait for servers, of which there are none
	old := &member{daemon: &named{}, leave: func() {}, enlisted: make(chan struct{}), gone: make(chan struct{})}
	close(old.enlisted)
	m.members[7] = old
	again := &named{}
	m.Register(again)
	select {
	case <-old.gone:
	case <-time.After(60 * time.Second):
		t.Error("the one before isn't handed over")
	}
	m.Unregister(old.daemon) // comes late
	if k := m.members[7]; k == nil || k.daemon != again || k.leaving {
		t.Errorf("the new one is %+v", k)
	}
	end()
	if !t.Failed() {
		m.tasks.Wait()
	}
}
