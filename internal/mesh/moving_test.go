//go:build mesh

package mesh_test

import (
	"testing"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// ordered is a counter that knows whether its events have come in their order, each once.
type ordered struct {
	counter
	wrong int
}

func (o *ordered) Process(e meshos.InboundEvent, emit func([]byte)) error {
	o.mu.Lock()
	if e.Sequence != o.count+1 {
		o.wrong++
	}
	o.mu.Unlock()
	return o.counter.Process(e, emit)
}

func (o *ordered) misses() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.wrong
}

// A node that posts while a daemon with events "direct" moves to it, and away from it, loses nothing, and the events come in
// their order.
func TestEventsOfADirectDaemonThatMoves(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	for _, posts := range []string{"the node that gets it", "the node that gives it up"} {
		t.Run(posts, func(t *testing.T) {
			home, away := start(t, s, 1, direct), start(t, s, 2, direct)
			first, second := new(ordered), new(ordered)
			from, sdk := 1, away
			if posts != "the node that gets it" {
				sdk = home
			}
			for round := range byte(8) {
				seed := round + 1
				if sdk == home {
					seed += 100
				}
				first, second = new(ordered), new(ordered)
				from = 1
				h := register(t, home, seed, first)
				standBy(t, away, seed, second)
				// Or what waits would end with the daemon, as nobody is known to go on with it.
				eventually(t, "its node knows who stands by", func() bool { return len(standbys(t, home, h.ID())) > 0 })
				closed := make(chan struct{})
				go func() { defer close(closed); h.Close() }()
				for ended := false; !ended || from < 50; {
					n, err := sdk.Post(h.ID(), events(from, 1))
					if n == 0 && !is(err, fault.Stopped) {
						t.Fatal(err)
					}
					from += n
					select {
					case <-closed:
						ended = ended || lifecycle(t, away, h.ID()) == "running" && second.counted() > 0
					default:
					}
				}
				flush(t, sdk, h.ID())
				eventually(t, "all are counted", func() bool { return second.counted() == uint64(from-1) }) //nolint:gosec // not negative
				if first.misses()+second.misses() > 0 {
					t.Errorf("round %d: %d events have come in the wrong order", round, first.misses()+second.misses())
				}
			}
		})
	}
}
