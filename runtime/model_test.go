package meshos_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/pprof"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	meshos "netmeshos/runtime"
)

// In TestModel several goroutines make random calls on daemons that subscribe to each
// other, with inboxes of a few events. The outcome must be that of a simple model: each
// accepted event is processed once and in order; no output is lost, doubled or reordered;
// output numbers have no gaps; no two callbacks of a daemon overlap; none runs after its
// daemon or the SDK has ended; and there is never a deadlock.
//
// Every other round runs in a synctest bubble, where waiting takes no time and a goroutine
// that is left over fails the test.
//
//	MESHOS_SEED=n     repeats the calls of a run
//	MESHOS_ROUND=n    runs only this round of it
//	MESHOS_SECONDS=n  how long to run; default 2
func TestModel(t *testing.T) {
	seed := environment("MESHOS_SEED", rand.Uint64())
	only := environment("MESHOS_ROUND", 0)
	limit := time.Duration(environment("MESHOS_SECONDS", 2)) * time.Second
	t.Logf("the same calls again: MESHOS_SEED=%d", seed)
	first := uint64(1)
	if only != 0 {
		first = only
	}
	begin := time.Now()
	round := first
	for ; time.Since(begin) < limit && !t.Failed(); round++ {
		n := round
		if only != 0 {
			n = only
		}
		play := func(t *testing.T) { playRound(t, rand.New(rand.NewPCG(seed, n))) }
		stuck := time.AfterFunc(2*time.Minute, func() {
			fmt.Fprintf(os.Stderr, "round %d of MESHOS_SEED=%d stands still\n", n, seed)
			pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
			os.Exit(1)
		})
		if n%2 == 0 {
			synctest.Test(t, play)
		} else {
			t.Run(strconv.FormatUint(n, 10), play)
		}
		stuck.Stop()
		if t.Failed() {
			t.Logf("round %d of MESHOS_SEED=%d", n, seed)
		}
	}
	t.Logf("%d rounds", round-first)
}

func environment(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// playRound is one SDK's life.
func playRound(t *testing.T, random *rand.Rand) {
	w := newModelWorld(t, random)
	var acting sync.WaitGroup
	for n := range uint64(4) {
		a := &modelActor{w, rand.New(rand.NewPCG(random.Uint64(), 0)), n + 1, nil}
		acting.Go(func() {
			for range 50 {
				a.act()
			}
		})
	}
	if w.abrupt {
		time.Sleep(time.Duration(random.IntN(5_000)) * time.Microsecond)
		w.shutDown()
		acting.Wait()
		w.end(random)
		return
	}
	acting.Wait()
	_ = w.sdk.ExitMaintenance()
	if err := w.sdk.Flush(0, 10*time.Minute); err != nil {
		t.Errorf("%v: %s", err, w.sdk.RuntimeJSON())
		return
	}
	w.verify()
	w.end(random)
}

// modelActor is one of the goroutines that make calls.
type modelActor struct {
	*modelWorld
	random *rand.Rand
	origin uint64 // of its events
	inside []*modelLife
}

// act makes one random call.
func (a *modelActor) act() {
	s := a.slots[a.random.IntN(len(a.slots))]
	switch n := a.random.IntN(100); {
	case n < 40:
		a.post(s, a.random.IntN(12))
	case n < 60:
		a.deliver(s)
	case n < 65:
		a.flush(s)
	case n < 70:
		a.snapshot(s)
	case n < 75:
		s.with(func(l *modelLife) {
			a.allowed(a.sdk.Inside(a.callers()...).Restore(l.id, []byte("R")))
		})
	case n < 80:
		a.stop(s)
	case n < 83:
		s.with(func(l *modelLife) { a.allowed(a.sdk.RestartDaemon(l.id)) })
	case n < 86:
		_ = a.sdk.RuntimeJSON()
	case n < 88:
		a.setOutput()
	case n < 90:
		if a.random.IntN(2) == 0 {
			a.allowed(a.sdk.EnterMaintenance(uint64(1 + a.random.IntN(3))))
		} else {
			a.allowed(a.sdk.ExitMaintenance())
		}
	case n < 94:
		if a.lively {
			a.renew(s)
		}
	case n < 97:
		if a.lively {
			a.subscribe(s, a.slots[a.random.IntN(len(a.slots))])
		}
	default:
		time.Sleep(time.Duration(a.random.IntN(1_000)) * time.Microsecond)
	}
}

// callers returns the daemons whose callbacks the actor is inside.
func (a *modelActor) callers() []*meshos.Handle {
	var handles []*meshos.Handle
	for _, l := range a.inside {
		handles = append(handles, l.handle)
	}
	return handles
}

// payload returns the payload of an event from outside: what the daemon must do.
func (a *modelActor) payload() []byte {
	wish := wishes[a.random.IntN(len(wishes))]
	return fmt.Appendf(nil, "e %d %c", a.random.IntN(4), wish)
}

func (a *modelActor) post(s *modelSlot, n int) {
	s.with(func(l *modelLife) {
		first := l.accepted(a.origin) + 1
		events := make([]meshos.InboundEvent, n)
		for i := range events {
			events[i] = meshos.InboundEvent{Origin: a.origin, Sequence: first + uint64(i), Payload: a.payload()}
		}
		took, err := a.sdk.Post(l.id, events)
		if err == nil && took != n || err != nil && took == n && n > 0 {
			a.t.Errorf("Post took %d of %d: %v", took, n, err)
		}
		a.allowed(err)
		l.accept(a.origin, took)
	})
}

func (a *modelActor) deliver(s *modelSlot) {
	s.with(func(l *modelLife) {
		e := meshos.InboundEvent{Origin: a.origin, Sequence: l.accepted(a.origin) + 1, Payload: a.payload()}
		var last uint64
		outputs := 0
		err := a.sdk.Inside(a.callers()...).Deliver(l.id, a.chained(e), func(o meshos.Output) {
			if o.DaemonID != l.id || o.InOrigin != e.Origin || o.InSequence != e.Sequence || last != 0 && o.Sequence != last+1 {
				a.t.Errorf("output %+v of event %d/%d after %d", o, e.Origin, e.Sequence, last)
			}
			last = o.Sequence
			outputs++
		})
		failed := isKind(err, meshos.KindProcessFailed)
		if failed && outputs > 0 {
			a.t.Errorf("%d outputs of an event that failed", outputs)
		}
		if err == nil || failed {
			l.accept(a.origin, 1)
			if !l.received(a.origin, e.Sequence) {
				a.t.Errorf("Deliver of %d/%d has returned before it was processed", e.Origin, e.Sequence)
			}
		}
		a.allowed(err)
	})
}

func (a *modelActor) flush(s *modelSlot) {
	limit := time.Duration(1+a.random.IntN(2_000)) * time.Microsecond
	if a.random.IntN(4) == 0 && len(a.inside) == 0 {
		a.allowed(a.sdk.Flush(0, limit))
		return
	}
	s.with(func(l *modelLife) { a.allowed(a.sdk.Inside(a.callers()...).Flush(l.id, limit)) })
}

func (a *modelActor) snapshot(s *modelSlot) {
	s.with(func(l *modelLife) {
		before := l.count()
		state, err := a.sdk.Inside(a.callers()...).Snapshot(l.id)
		a.allowed(err)
		if err != nil {
			return
		}
		if n, err := strconv.ParseUint(string(state), 10, 64); err != nil || n < before || n > l.count() {
			a.t.Errorf("the state %q was taken when %d to %d events were processed", state, before, l.count())
		}
	})
}

func (a *modelActor) stop(s *modelSlot) {
	s.with(func(l *modelLife) {
		l.stopBegins()
		a.allowed(a.sdk.Inside(a.callers()...).StopDaemon(l.id, uint64(1+a.random.IntN(3))))
		if a.random.IntN(3) > 0 {
			a.allowed(a.sdk.RestartDaemon(l.id))
		}
	})
}
