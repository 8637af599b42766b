//go:build mesh

package link

import "testing"

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
