//go:build mesh

package mesh_test

import (
	"slices"
	"sync"
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// listener remembers the numbers of the events that it gets.
type listener struct {
	mu  sync.Mutex
	got []uint64
}

func (l *listener) Process(e meshos.InboundEvent, _ func([]byte)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, e.Sequence)
	return nil
}

func (l *listener) heard() []uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]uint64(nil), l.got...)
}

// expect waits until it has heard so many, and fails if these aren't the numbers.
func (l *listener) expect(t *testing.T, who string, want []uint64) {
	t.Helper()
	eventually(t, who+" has heard all", func() bool { return len(l.heard()) >= len(want) })
	if got := l.heard(); !slices.Equal(got, want) {
		t.Errorf("%s has heard %v, want %v", who, got, want)
	}
}

// hearing is what the output function of a node hears.
func hearing(t *testing.T, sdk *meshos.SDK) *listener {
	t.Helper()
	l := new(listener)
	if err := sdk.SetOutput(func(o meshos.Output) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.got = append(l.got, o.Sequence)
	}); err != nil {
		t.Fatal(err)
	}
	return l
}

// What is undone because an event after it has failed leaves no gap in the numbers.
func TestOutputsOfADirectDaemonThatFails(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	failing := func(c *meshos.Config) { c.OnProcessFailure, c.Mesh.DeadLetterAfter = config.Restart, 1 }
	home, away := start(t, s, 1, direct, failing), start(t, s, 2, direct)
	host := hearing(t, home)
	id := register(t, home, 1, new(counter)).ID()
	post(t, away, id, 1, 2)
	flush(t, away, id)
	batch := append(events(3, 3), meshos.InboundEvent{Origin: 9, Sequence: 1, Payload: []byte("fail")})
	if n, err := away.Post(id, batch); err != nil || n != len(batch) {
		t.Fatal(n, err)
	}
	post(t, away, id, 6, 2)
	flush(t, away, id)
	host.expect(t, "the output function", []uint64{1, 2, 3, 4, 5, 6, 7})
}

// With events "direct" the outputs of a daemon are numbered from 1 without gaps for its node, wherever the events come
// from. A subscriber on its node gets all of them, one on another node those of events that have come through the mesh.
func TestOutputsOfADirectDaemonHaveNumbersOfTheirOwn(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	home, away := start(t, s, 1, direct), start(t, s, 2, direct)
	host := hearing(t, home)
	id := register(t, home, 1, new(counter)).ID()
	near, far := new(listener), new(listener)
	neighbour, stranger := register(t, home, 2, near).ID(), register(t, away, 3, far).ID()
	if err := home.Subscribe(id, neighbour); err != nil {
		t.Fatal(err)
	}
	if err := away.Subscribe(id, stranger); err != nil {
		t.Fatal(err)
	}
	var all, meshed []uint64
	number := uint64(0)
	expect := func(n int, through bool) {
		for range n {
			number++
			all = append(all, number)
			if through {
				meshed = append(meshed, number)
			}
		}
	}
	for i := range 3 {
		post(t, home, id, 1+10*i, 4)
		expect(4, false)
		flush(t, home, id)
		post(t, away, id, 5+10*i, 4)
		expect(4, true)
		flush(t, away, id)
		for range 2 { // the second time from what is stored
			var answers []uint64
			err := away.Deliver(id, events(9+10*i, 1)[0], func(o meshos.Output) { answers = append(answers, o.Sequence) })
			if err != nil || !slices.Equal(answers, []uint64{number + 1}) {
				t.Errorf("a deliver is answered with the outputs %v, %v, want %d", answers, err, number+1)
			}
		}
		expect(1, true)
	}
	host.expect(t, "the output function", all)
	far.expect(t, "the subscriber on the other node", meshed)
	near.expect(t, "the subscriber on its node", all)
	for _, from := range []struct {
		*meshos.SDK
		id uint64
	}{{home, neighbour}, {away, stranger}} {
		if err := from.Unsubscribe(id, from.id); err != nil {
			t.Fatal(err)
		}
		if err := from.Unsubscribe(id, from.id); !is(err, fault.NotFound) {
			t.Errorf("a second end of a subscription: %v", err)
		}
	}
	post(t, home, id, 40, 1)
	post(t, away, id, 41, 1)
	flush(t, away, id)
	flush(t, home, neighbour)
	flush(t, away, stranger)
	if n, f := len(near.heard()), len(far.heard()); n != len(all) || f != len(meshed) {
		t.Errorf("after the end of their subscriptions they hear %d and %d more", n-len(all), f-len(meshed))
	}
}
