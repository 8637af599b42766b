package meshos_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

func TestDeliverPassesOutputsOnBeforeItReturns(t *testing.T) {
	sdk := start(t, quiet)
	h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
		for i := range int(e.Sequence) {
			buffer := fmt.Appendf(nil, "%s%d", e.Payload, i)
			emit(buffer)
			clear(buffer)
		}
		return nil
	}))
	var own, all outputs
	wantKind(t, "SetOutput", sdk.SetOutput(all.take), "")
	for _, c := range []struct {
		n    uint64
		want []string
	}{
		{0, nil},
		{2, []string{"1: a0 of 7/2", "2: a1 of 7/2"}},
		{1, []string{"3: a0 of 7/1"}},
		{3, []string{"4: a0 of 7/3", "5: a1 of 7/3", "6: a2 of 7/3"}},
	} {
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(c.n, "a"), own.take), "")
		own.are(t, c.want...)
		all.are(t, c.want...)
	}
	wantKind(t, "SetOutput", sdk.SetOutput(nil), "")
	deliver(t, sdk, h, word(2, "b"))
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "c"), own.take), "")
	own.are(t, "9: c0 of 7/1") // outputs without a receiver are numbered too
	all.are(t)
}

func TestEmptyPayloadsAreNil(t *testing.T) {
	sdk := start(t, quiet)
	var seen, emitted, passed atomic.Int64
	h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
		if e.Payload == nil {
			seen.Add(1)
		}
		emit([]byte{})
		emit(nil)
		return nil
	}))
	next := register(t, sdk, 2, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
		if e.Payload == nil {
			passed.Add(1)
		}
		return nil
	}))
	wantKind(t, "Subscribe", sdk.Subscribe(h.ID(), next.ID()), "")
	count := func(o meshos.Output) {
		if o.Payload == nil {
			emitted.Add(1)
		}
	}
	wantKind(t, "SetOutput", sdk.SetOutput(count), "")
	post(t, sdk, h, meshos.InboundEvent{}, meshos.InboundEvent{Payload: []byte{}})
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), meshos.InboundEvent{}, count), "")
	flush(t, sdk, nil)
	if seen.Load() != 3 || emitted.Load() != 8 || passed.Load() != 6 {
		t.Errorf("%d events, %d outputs, %d passed on with a nil payload; want 3, 8, 6", seen.Load(), emitted.Load(), passed.Load())
	}
}

func TestSetOutputEndsThePreviousFunction(t *testing.T) {
	sdk := start(t, quiet)
	h := register(t, sdk, 1, newRecorder(t))
	stop := make(chan struct{})
	var posting sync.WaitGroup
	defer posting.Wait()
	defer close(stop)
	posting.Go(func() {
		for i := uint64(1); ; i++ {
			select {
			case <-stop:
				return
			default:
				sdk.Post(h.ID(), words(i, "x"))
			}
		}
	})
	for range 300 {
		var over atomic.Bool
		got := make(chan struct{}, 1)
		wantKind(t, "SetOutput", sdk.SetOutput(func(meshos.Output) {
			if over.Load() {
				t.Error("called after it was replaced")
			}
			select {
			case got <- struct{}{}:
			default:
			}
		}), "")
		<-got
		wantKind(t, "SetOutput", sdk.SetOutput(nil), "")
		over.Store(true)
	}
}

func TestSubscribersGetOutputsAsEvents(t *testing.T) {
	sdk := start(t, quiet)
	type got struct{ origin, sequence uint64 }
	var mu sync.Mutex
	seen := map[byte][]got{}
	listener := func(n byte) *meshos.Handle {
		return register(t, sdk, n, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
			mu.Lock()
			defer mu.Unlock()
			seen[n] = append(seen[n], got{e.Origin, e.Sequence})
			return nil
		}))
	}
	producer := register(t, sdk, 1, newRecorder(t))
	a, b, c := listener(2), listener(3), listener(4)
	p := producer.ID()
	subscribe := func(to *meshos.Handle) { wantKind(t, "Subscribe", sdk.Subscribe(p, to.ID()), "") }
	step := func(n int) { post(t, sdk, producer, words(1, strings.Repeat("x ", n))...); flush(t, sdk, nil) }

	subscribe(a)
	subscribe(a) // changes nothing
	step(2)
	subscribe(b)
	step(1)
	wantKind(t, "Unsubscribe", sdk.Unsubscribe(p, a.ID()), "")
	wantKind(t, "Unsubscribe again", sdk.Unsubscribe(p, a.ID()), meshos.KindNotFound)
	wantKind(t, "Unsubscribe the other way", sdk.Unsubscribe(b.ID(), p), meshos.KindNotFound)
	step(1)
	subscribe(a)
	step(1)
	wantKind(t, "Subscribe to nobody", sdk.Subscribe(12345, a.ID()), meshos.KindNotFound)
	wantKind(t, "Subscribe of nobody", sdk.Subscribe(p, 12345), meshos.KindNotFound)
	wantKind(t, "Unsubscribe of nobody", sdk.Unsubscribe(p, 12345), meshos.KindNotFound)

	a.Close() // ends its subscription
	step(1)
	again := listener(2) // the same identity, another daemon
	step(1)
	mu.Lock()
	defer mu.Unlock()
	want := func(n byte, sequences ...uint64) {
		t.Helper()
		var all []got
		for _, s := range sequences {
			all = append(all, got{p, s})
		}
		if fmt.Sprint(seen[n]) != fmt.Sprint(all) {
			t.Errorf("daemon %d got %v, want %v", n, seen[n], all)
		}
	}
	want(2, 1, 2, 3, 5)
	want(3, 3, 4, 5, 6, 7)
	want(4)
	if again.ID() != a.ID() || c.ID() == b.ID() {
		t.Error("ids")
	}
}

// A nil output function must become a nil sink.
func TestANilOutputFunctionIsNone(t *testing.T) {
	sdk := start(t, quiet)
	h := register(t, sdk, 1, newRecorder(t))
	wantKind(t, "SetOutput", sdk.SetOutput(nil), "")
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), nil), "")
}

// emit may be called on any goroutine while Process runs, and does nothing afterwards.
func TestEmitEndsWithProcess(t *testing.T) {
	sdk := start(t, quiet)
	var kept func([]byte)
	h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
		if kept != nil {
			kept([]byte("late"))
		}
		kept = emit
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() { emit(fmt.Append(nil, i)) })
		}
		all.Wait()
		return nil
	}))
	for round := range uint64(20) {
		var got outputs
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(round, "x"), got.take), "")
		if len(got.said) != 10 {
			t.Fatalf("%d outputs: %q", len(got.said), got.said)
		}
	}
	var late sync.WaitGroup
	last := kept
	late.Go(func() { last([]byte("later")) })
	var got outputs
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(99, "x"), got.take), "")
	late.Wait()
	if strings.Contains(fmt.Sprint(got.said), "late") {
		t.Errorf("outputs %q", got.said)
	}
}
