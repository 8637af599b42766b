//go:build mesh

package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/internal/mesh/meshtest"
)

// states collects what OnState tells.
func states(l *Link) <-chan bool {
	seen := make(chan bool, 100)
	l.OnState(func(up bool) { seen <- up })
	return seen
}

func turns(t testing.TB, seen <-chan bool, want bool) {
	t.Helper()
	select {
	case up := <-seen:
		if up != want {
			t.Fatalf("up is %v, want %v", up, want)
		}
	case <-time.After(deadline):
		t.Fatalf("up does not turn %v", want)
	}
}

func TestAKilledServerComesBack(t *testing.T) {
	s, l := start(t)
	ctx, n := within(t), l.Names()
	seen := states(l)
	turns(t, seen, true)
	into := follow(t, l, n.In(4))
	stop, err := l.Serve(n.Node(7, "*"), func(r Request) { _ = r.Respond(r.Data) })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	first := must(t)(l.Store(ctx, n.In(4), []byte("before"), Storing{}))
	if m := next(t, into); m.Sequence != first {
		t.Fatalf("%+v", m)
	}
	s.Kill(t)
	turns(t, seen, false)
	_, err = l.Store(ctx, n.In(4), []byte("never"), Storing{})
	wants(t, err, ErrDown)
	_, err = l.StoreBatch(ctx, []BatchPart{{Subject: n.Piece(4)}, {Subject: n.Log(4)}}, Storing{})
	wants(t, err, ErrDown)
	_, err = l.Last(ctx, n.In(4))
	wants(t, err, ErrDown)
	wants(t, l.Publish(n.Beat(), nil), ErrDown)
	brief, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	wants(t, l.Wait(brief), ErrDown)
	more := make(chan Message)
	late, err := l.Follow([]string{n.Log(4)}, more) // what is asked for now holds later
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()

	s.Restart(t)
	if err := l.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	turns(t, seen, true)
	if m := next(t, into); !m.Gap || m.Subject != "" {
		t.Fatalf("%+v, want a gap", m)
	}
	if m := next(t, more); !m.Gap {
		t.Fatalf("%+v, want a gap", m)
	}
	second := must(t)(l.Store(ctx, n.In(4), []byte("after"), Storing{Expect: &first}))
	if m := next(t, into); m.Sequence != second || m.Last != first {
		t.Errorf("%+v, want %d after %d", m, second, first)
	}
	third := must(t)(l.Store(ctx, n.Log(4), nil, Storing{}))
	if m := next(t, more); m.Sequence != third {
		t.Errorf("%+v, want %d", m, third)
	}
	list, err := l.Read(ctx, n.StreamOf(4), []string{n.In(4)}, 0, 10)
	if err != nil || len(list) != 2 {
		t.Errorf("%v, %v; want the two that were stored", list, err)
	}
	answer, err := l.Request(ctx, n.Node(7, "ping"), []byte("x"))
	if err != nil || string(answer) != "x" {
		t.Errorf("%q, %v", answer, err)
	}
}

// Of what was being stored while the server was killed, what was acknowledged is there, what was ErrDown is not, and
// the same again with the same ID and expectation makes each message be there once.
func TestWhatIsStoredWhileTheServerIsKilled(t *testing.T) {
	s, l := start(t)
	ctx, n := within(t), l.Names()
	const writers = 8
	for round := range 3 {
		type outcome struct {
			text string
			err  error
		}
		var mu sync.Mutex
		var outcomes []outcome
		var group sync.WaitGroup
		busy := make(chan struct{}, writers*10000)
		for w := range writers {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := 0; ; i++ {
					text := fmt.Sprintf("%d.%d.%d", round, w, i)
					_, err := l.Store(ctx, n.In(4), []byte(text), Storing{ID: text})
					mu.Lock()
					outcomes = append(outcomes, outcome{text, err})
					mu.Unlock()
					if err != nil {
						return
					}
					busy <- struct{}{}
				}
			}()
		}
		for range 500 {
			<-busy
		}
		s.Kill(t)
		group.Wait()
		s.Restart(t)
		if err := l.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		doubts := 0
		for _, o := range outcomes {
			switch {
			case errors.Is(o.err, ErrDoubt):
				doubts++
				must(t)(l.Store(ctx, n.In(4), []byte(o.text), Storing{ID: o.text}))
			case o.err != nil && !errors.Is(o.err, ErrDown):
				t.Errorf("%s: %v", o.text, o.err)
			}
		}
		count := map[string]int{}
		for from := uint64(0); ; {
			list, err := l.Read(ctx, n.StreamOf(4), []string{n.In(4)}, from, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, m := range list {
				count[string(m.Data)]++
			}
			from = list[len(list)-1].Sequence + 1
		}
		for _, o := range outcomes {
			want := 1
			if errors.Is(o.err, ErrDown) {
				want = 0
			}
			if count[o.text] != want {
				t.Errorf("%s is stored %d times, want %d: %v", o.text, count[o.text], want, o.err)
			}
		}
		t.Logf("round %d: %d outcomes, %d in doubt", round, len(outcomes), doubts)
	}
}

// A server that doesn't answer: nothing waits for longer than it was told to, and pings find it out.
func TestAStoppedServerIsFoundOut(t *testing.T) {
	s, l := start(t)
	ctx, n := within(t), l.Names()
	seen := states(l)
	turns(t, seen, true)
	s.Pause(t)
	defer s.Resume(t)
	brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, err := l.Store(brief, n.In(4), []byte("late"), Storing{ID: "late"})
	wants(t, err, ErrDoubt)
	if _, err := l.RTT(brief); err == nil {
		t.Error("a round trip to a stopped server")
	}
	turns(t, seen, false)
	s.Resume(t)
	turns(t, seen, true)
	// It was in doubt, and is there once.
	must(t)(l.Store(ctx, n.In(4), []byte("late"), Storing{ID: "late"}))
	list, err := l.Read(ctx, n.StreamOf(4), []string{n.In(4)}, 0, 10)
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v; want one message", list, err)
	}
}

// Who gives more than the connection takes is told that it was not sent.
func TestWhatWaitsForItsTurnIsNeverSentLater(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	hold, held := make(chan struct{}), make(chan struct{})
	if err := l.writer.run(ctx, func(*nats.Conn) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := l.writer.do(ctx, func(*nats.Conn) { close(held); <-hold }); err != nil {
		t.Fatal(err)
	}
	<-held
	brief, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	_, err := l.Store(brief, n.In(4), []byte("given up"), Storing{})
	wants(t, err, ErrDown)
	for range cap(l.writer.jobs) - len(l.writer.jobs) {
		if err := l.writer.do(ctx, func(*nats.Conn) {}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = l.Store(brief, n.In(4), []byte("no place to wait"), Storing{})
	wants(t, err, ErrDown)
	close(hold)
	must(t)(l.Store(ctx, n.In(4), []byte("stored"), Storing{Expect: Expect(0)}))
}

func TestCloseEndsEverything(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	l := open(t, options(s))
	ctx, n := within(t), l.Names()
	asked := make(chan struct{}, 1)
	stop, err := l.Serve(n.Do(4, "*"), func(Request) { asked <- struct{}{} }) // never answers
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	follow(t, l, n.In(4))
	result := make(chan error, 1)
	go func() {
		_, err := l.Request(ctx, n.Do(4, "flush"), nil)
		result <- err
	}()
	other := open(t, options(s))
	heard := follow(t, other, n.Beat())
	if err := l.Publish(n.Beat(), []byte("last")); err != nil {
		t.Fatal(err)
	}
	<-asked
	l.Close()
	l.Close()
	if err := <-result; !errors.Is(err, ErrDoubt) {
		t.Errorf("the request: %v", err)
	}
	if m := next(t, heard); string(m.Data) != "last" {
		t.Errorf("%+v", m)
	}
	_, err = l.Store(ctx, n.In(4), nil, Storing{})
	wants(t, err, ErrDown)
	wants(t, l.Publish(n.Beat(), nil), ErrDown)
	wants(t, l.Wait(ctx), ErrDown)
	if _, err := l.Follow([]string{n.In(4)}, make(chan Message)); err == nil {
		t.Error("Follow after Close")
	}
	if _, err := l.Serve(n.Do(4, "*"), func(Request) {}); err == nil {
		t.Error("Serve after Close")
	}
}

// A request that was taken from the server before its subject's end is not served after it.
func TestNothingIsServedAfterStop(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	busy, hold := make(chan struct{}), make(chan struct{})
	first, err := l.Serve(n.Node(1, "*"), func(Request) { close(busy); <-hold })
	if err != nil {
		t.Fatal(err)
	}
	defer first()
	served := make(chan Request, 1)
	stop, err := l.Serve(n.Node(2, "*"), func(r Request) { served <- r })
	if err != nil {
		t.Fatal(err)
	}
	for node := range uint64(2) {
		if err := l.Publish(n.Node(node+1, "ping"), nil); err != nil {
			t.Fatal(err)
		}
	}
	<-busy
	if err := l.writer.empty(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.roundTrip(ctx); err != nil { // the second has come, and waits
		t.Fatal(err)
	}
	if len(l.served.requests) != 1 {
		t.Fatalf("%d requests wait, want 1", len(l.served.requests))
	}
	stop()
	third, err := l.Serve(n.Node(3, "*"), func(r Request) { _ = r.Respond(nil) })
	if err != nil {
		t.Fatal(err)
	}
	defer third()
	close(hold)
	if _, err := l.Request(ctx, n.Node(3, "ping"), nil); err != nil { // which comes after the second
		t.Fatal(err)
	}
	select {
	case r := <-served:
		t.Errorf("%s is served after its end", r.Subject)
	default:
	}
}

func TestRequests(t *testing.T) {
	s, l := start(t)
	other := open(t, options(s))
	ctx, n := within(t), l.Names()
	_, err := l.Request(ctx, n.Node(7, "ping"), nil)
	wants(t, err, ErrNobody)
	stop, err := other.Serve(n.Node(7, "*"), func(r Request) {
		go func() { _ = r.Respond([]byte(r.Subject + " " + string(r.Data))) }()
	})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 100 {
		group.Add(1)
		go func() {
			defer group.Done()
			subject := n.Node(7, fmt.Sprintf("verb%d", i))
			answer, err := l.Request(ctx, subject, fmt.Appendf(nil, "%d", i))
			if want := fmt.Sprintf("%s %d", subject, i); err != nil || string(answer) != want {
				t.Errorf("%q, %v; want %q", answer, err, want)
			}
		}()
	}
	group.Wait()
	stop()
	_, err = l.Request(ctx, n.Node(7, "ping"), nil)
	wants(t, err, ErrNobody)
	if rtt, err := l.RTT(ctx); err != nil || rtt <= 0 {
		t.Errorf("RTT %v, %v", rtt, err)
	}
}
