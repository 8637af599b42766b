package node

import (
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/config"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/identity"
	"netmeshos/internal/life"
)

// quiet is a configuration whose node never ticks.
var quiet = config.Config{TickIntervalMS: math.MaxUint64}

// startNode starts a node that is shut down when the test is over.
func startNode(t *testing.T, c config.Config, o Options) *Node {
	t.Helper()
	n, err := Start(c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Shutdown(nil) })
	return n
}

// controlFunc is a daemon whose OnControl is a function.
type controlFunc struct {
	actor.None
	f func(control.Event)
}

func (controlFunc) Features() actor.Features    { return actor.HasControl }
func (d controlFunc) OnControl(e control.Event) { d.f(e) }

func seedOf(number int) (seed [identity.SeedSize]byte) {
	seed[0], seed[1] = byte(number), byte(number>>8)
	return seed
}

func registration(name string, seed int, callbacks actor.Callbacks) *Registration {
	return &Registration{
		Name: name, Seed: seedOf(seed), Callbacks: callbacks,
		Mailbox: control.NewQueue(control.DefaultCapacity),
		Ready:   func(*Daemon) {},
	}
}

// mustRegister registers a daemon that is closed when the test is over.
func mustRegister(t *testing.T, n *Node, seed int, callbacks actor.Callbacks) *Daemon {
	t.Helper()
	d, err := n.Register(registration("daemon", seed, callbacks))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(nil, nil) })
	return d
}

// wantFault fails the test unless the error is of the kind; "" means none.
func wantFault(t *testing.T, what string, err *fault.Error, kind fault.Kind) {
	t.Helper()
	switch {
	case kind == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case kind != "" && !errors.Is(err, &fault.Error{Kind: kind}):
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

// within calls do, and fails the test unless that takes exactly this long. It must be
// called in a synctest bubble, where time is exact.
func within(t *testing.T, what string, took time.Duration, do func()) {
	t.Helper()
	begin := time.Now()
	do()
	if got := time.Since(begin); got != took {
		t.Errorf("%s took %v, want %v", what, got, took)
	}
}

// inside is a caller inside callbacks of daemons, or inside the log function.
type inside struct {
	daemons []*Daemon
	log     bool
}

func (i inside) Actors() (all []*actor.Actor) {
	for _, d := range i.daemons {
		all = append(all, d.actor)
	}
	return all
}

func (i inside) InsideLogFunction() bool { return i.log }

// recorded records the life events of a node.
type recorded struct {
	mu  sync.Mutex // guards what follows
	all []life.Event
}

func (r *recorded) hook(e life.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, e)
}

// take returns the events since the last call.
func (r *recorded) take() []life.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}
