package meshos_test

import (
	"errors"
	"math/rand/v2"
	"slices"

	meshos "netmeshos/runtime"
)

func isKind(err error, kinds ...meshos.Kind) bool {
	var e *meshos.Error
	return errors.As(err, &e) && slices.Contains(kinds, e.Kind)
}

// allowed fails the test if a call must not get this error.
func (w *modelWorld) allowed(err error) {
	if err != nil && !isKind(err, meshos.KindNotFound, meshos.KindDraining, meshos.KindStopped, meshos.KindBackingOff,
		meshos.KindQueueFull, meshos.KindProcessFailed, meshos.KindInvalidState, meshos.KindTimeout, meshos.KindShutdownFailed,
		meshos.KindRestoreFailed) && !(w.abrupt && isKind(err, meshos.KindAlreadyShutdown)) {
		w.t.Error(err)
	}
}

// verify compares the outcome of all calls with the records. It is called when nothing runs
// any more.
func (w *modelWorld) verify() {
	looks := viewRuntime(w.t, w.sdk)
	if looks.Queues.EventsWaiting != 0 {
		w.t.Errorf("after all: %+v", looks.Queues)
	}
	for _, l := range w.lives {
		if len(l.awaited) > 0 {
			w.t.Errorf("life %d: %d outputs are lost, the first after %d: %+v", l.number, len(l.awaited), len(l.outputs), l.awaited[0])
		}
	}
	for _, d := range looks.Daemons {
		l := w.byID[d.ID]
		if d.EventsIn != l.events || d.Failures != l.failures || d.Outputs != uint64(len(l.outputs)) {
			w.t.Errorf("life %d: %d events, %d failures, %d outputs, but shown as %+v", l.number, l.events, l.failures, len(l.outputs), d)
		}
		w.verifySources(l, d.EventsIn+d.Discarded)
	}
}

// verifySources checks that everything that was sent to a daemon has arrived or was
// discarded because the daemon was stopped: all events in total.
func (w *modelWorld) verifySources(l *modelLife, all uint64) {
	var sent uint64
	check := func(source modelSource, n uint64) {
		sent += n
		r := l.receipts[source]
		switch {
		case l.stops > 0 || n == 0:
		case r == nil:
			w.t.Errorf("life %d: none of %d events of %v has come", l.number, n, source)
		case r.last != n:
			w.t.Errorf("life %d: %d events of %v have come of %d", l.number, r.last, source, n)
		}
	}
	for origin, n := range l.took {
		check(modelSource{origin, outside}, n)
	}
	whole := true
	for pair, link := range w.links {
		if pair[1] != l {
			continue
		}
		producer := pair[0]
		whole = whole && link.whole && link.changes == 0
		if link.whole && link.changes == 0 {
			check(modelSource{producer.id, producer.number}, uint64(len(producer.outputs)))
		}
	}
	if whole && sent != all {
		w.t.Errorf("life %d: %d events were sent to it, %d have been processed or dropped", l.number, sent, all)
	}
}

// end ends the SDK and all daemons, in random order, and checks that nothing runs any more.
func (w *modelWorld) end(random *rand.Rand) {
	closeAll := func() {
		for _, s := range w.slots {
			s.life.handle.Close()
			s.life.over.Store(true)
		}
	}
	if random.IntN(2) == 0 {
		closeAll()
	}
	w.shutDown()
	closeAll()
}

// shutDown ends the SDK, after which no callback runs.
func (w *modelWorld) shutDown() {
	if err := w.sdk.Shutdown(); w.ended && !isKind(err, meshos.KindAlreadyShutdown) || !w.ended && err != nil {
		w.t.Error("Shutdown:", err)
	}
	w.ended = true
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.lives {
		l.over.Store(true)
		l.mayNotRun("after Shutdown")
	}
}
