//go:build mesh

package link

import (
	"context"
	"runtime"
	"testing"
)

// What is written on the caller's goroutine ends as what the writer writes.
func TestStoringAndRespondingHere(t *testing.T) {
	s, l := start(t)
	ctx, n := within(t), l.Names()
	seen := states(l)
	turns(t, seen, true)
	here := Storing{Here: true}
	first := must(t)(l.Store(ctx, n.In(4), []byte("a"), here))
	here.Expect = Expect(first + 1)
	_, err := l.Store(ctx, n.In(4), []byte("b"), here)
	wants(t, err, ErrConflict)
	here.Expect = Expect(first)
	must(t)(l.StoreBatch(ctx, []BatchPart{{Subject: n.Piece(4)}, {Subject: n.In(4)}}, here))
	responded := make(chan error, 1)
	stop, err := l.Serve(n.Node(7, "*"), func(r Request) { responded <- r.RespondHere(r.Data) })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	answer, err := l.Request(ctx, n.Node(7, "ask"), []byte("x"))
	if err != nil || string(answer) != "x" || <-responded != nil {
		t.Fatalf("%q, %v", answer, err)
	}
	unanswered := Request{reply: n.Beat(), link: l}
	wants(t, unanswered.RespondHere(make([]byte, l.MaxData()+1)), ErrTooLarge)
	s.Kill(t)
	turns(t, seen, false)
	_, err = l.Store(ctx, n.In(4), nil, here)
	wants(t, err, ErrDown)
	wants(t, unanswered.RespondHere(nil), ErrDown)
	l.Close()
	_, err = l.Store(ctx, n.In(4), nil, here)
	wants(t, err, ErrDown)
}

// However early the time is over, there is an end.
func TestStoringAsynchronouslyAlwaysEnds(t *testing.T) {
	_, l := start(t)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	const many = 500
	ended := make(chan error, many)
	for range many {
		l.calls.mu.Lock() // so that the call and its end come to it at about the same time
		go l.StoreAsync(over, l.Names().In(4), nil, Storing{}, func(_ uint64, err error) { ended <- err })
		for range 100 {
			runtime.Gosched()
		}
		l.calls.mu.Unlock()
	}
	limit := within(t)
	for i := range many {
		select {
		case err := <-ended:
			if err == nil {
				t.Fatal("it is stored although its time was over")
			}
		case <-limit.Done():
			t.Fatalf("%d of %d have not ended", many-i, many)
		}
	}
}
