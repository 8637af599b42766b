package lease

import (
	"testing"
	"time"
)

// The model explores every order in which two nodes that were given one id, and the server, can
// act: requests and answers arrive late, answers are lost, a node is stopped or dies at any
// moment, the server removes a record when it is over or somewhat later. Time goes in steps,
// 15 to a lease.
const modelTTL = 15

// world is a state of the model. Times are relative to now, so that equal states are equal.
type world struct {
	own    [2]Own
	flight [2]flight
	dead   [2]bool
	record Record
	ends   time.Duration // when the record is over
	faults uint8         // how many more answers may be lost
}

// flight is a request on its way.
type flight struct {
	do      Do
	arg     uint64
	handled bool // the server has handled it: what follows is the answer
	found   Record
	pong    Pong
	stored  uint64 // 0: refused
}

func newWorld() world {
	w := world{faults: 2}
	for i := range w.own {
		w.own[i] = *New(uint64(i)+1, modelTTL)
	}
	return w
}

// launch puts what a machine wants on its way.
func (w *world) launch(i int, do Do, arg uint64) {
	if do != Nothing {
		w.flight[i] = flight{do: do, arg: arg}
	}
}

// handle has the server handle the request of a node.
func (w *world) handle(i int) {
	f := &w.flight[i]
	f.handled = true
	switch f.do {
	case Read:
		f.found = w.record
	case Ping:
		f.pong = Alive
		if w.dead[f.arg-1] {
			f.pong = Nobody
		}
	case Store, Give:
		if f.arg != w.record.Sequence {
			return
		}
		f.stored = w.record.Sequence + 1
		w.record = Record{Sequence: f.stored}
		if f.do == Store {
			w.record.Instance = uint64(i) + 1
			w.ends = modelTTL
		}
	}
}

// deliver gives a node the answer, or with lost the news that it has failed.
func (w *world) deliver(i int, lost bool) {
	o, f := &w.own[i], w.flight[i]
	w.flight[i] = flight{}
	var do Do
	var arg uint64
	switch {
	case f.do == Give:
		o.Gave()
	case f.do == Ping && lost:
		do, arg = o.Pinged(0, Silent)
	case f.do == Ping:
		do, arg = o.Pinged(0, f.pong)
	case lost:
		do, arg = o.Failed(0)
	case f.do == Read:
		do, arg = o.Found(0, f.found)
	case f.stored != 0:
		do, arg = o.Stored(0, f.stored)
	default:
		do, arg = o.Refused(0)
	}
	w.launch(i, do, arg)
}

// pass lets one step of time go by.
func (w *world) pass() {
	for i := range w.own {
		o := &w.own[i]
		o.until, o.sent, o.next = max(o.until-1, -1), max(o.sent-1, -modelTTL), max(o.next-1, -1)
	}
	w.ends = max(w.ends-1, -1)
}

func (w *world) expire() { w.record.Instance = 0; w.record.Sequence++ }

func (w *world) tick(i int) {
	do, arg := w.own[i].Tick(0)
	w.launch(i, do, arg)
}

// key makes states equal that differ only in how large the sequences are: what counts is
// which are that of the record.
func (w world) key() world {
	number := func(s *uint64) {
		if *s != 0 && *s != w.record.Sequence {
			*s = 1
		} else if *s != 0 {
			*s = 2
		}
	}
	for i := range w.own {
		w.own[i].epoch = 0
		number(&w.own[i].sequence)
		number(&w.own[i].asked.Sequence)
		f := &w.flight[i]
		if f.do == Store || f.do == Give {
			number(&f.arg)
		}
		number(&f.found.Sequence)
		number(&f.stored)
	}
	number(&w.record.Sequence)
	return w
}

// steps returns the states that can follow.
func (w world) steps() []world {
	var next []world
	add := func(change func(w *world)) {
		n := w
		change(&n)
		next = append(next, n)
	}
	add((*world).pass)
	if w.record.Instance != 0 && w.ends <= 0 {
		add((*world).expire)
	}
	for i := range w.own {
		if f := w.flight[i]; f.do != Nothing && !f.handled {
			add(func(w *world) { w.handle(i) })
			if w.dead[i] {
				add(func(w *world) { w.flight[i] = flight{} })
			}
		}
		if w.dead[i] {
			continue
		}
		if f := w.flight[i]; f.do != Nothing {
			if f.handled {
				add(func(w *world) { w.deliver(i, false) })
			}
			if w.faults > 0 {
				add(func(w *world) { w.faults--; w.deliver(i, true) })
			}
		} else if o := w.own[i]; o.Next() <= 0 {
			add(func(w *world) { w.tick(i) })
		}
		if !w.dead[1-i] {
			add(func(w *world) { w.dead[i] = true })
		}
		if w.own[i].Held(0) && !w.own[i].leaving {
			add(func(w *world) {
				do, arg := w.own[i].Leave(0)
				w.launch(i, do, arg)
			})
		}
	}
	return next
}

// held returns how many nodes believe that they hold the lease.
func (w *world) held() (n int) {
	for i := range w.own {
		if !w.dead[i] && w.own[i].Held(0) {
			n++
		}
	}
	return n
}

// settle lets everything go well for three leases, and reports whether a node that lives and
// hasn't left then holds the lease, if there is one.
func (w world) settle() bool {
	willing := false
	for range 3 * modelTTL {
		for range 6 {
			for i := range w.own {
				if f := w.flight[i]; f.do != Nothing && !f.handled {
					w.handle(i)
				}
				if !w.dead[i] && w.flight[i].do != Nothing {
					w.deliver(i, false)
				} else if !w.dead[i] {
					w.tick(i)
				}
			}
		}
		w.pass()
		if w.record.Instance != 0 && w.ends <= 0 {
			w.expire()
		}
	}
	for i := range w.own {
		willing = willing || !w.dead[i] && !w.own[i].leaving
	}
	return !willing || w.held() == 1
}

func TestNoTwoNodesHoldALeaseWhateverHappens(t *testing.T) {
	limit := 400_000
	if testing.Short() || raceDetector {
		limit = 60_000
	}
	first := newWorld()
	seen := map[world]bool{first.key(): true}
	queue := []world{first}
	held := 0
	for n := 0; len(queue) > 0 && n < limit; n++ {
		w := queue[0]
		queue = queue[1:]
		if n%16 == 0 && !w.settle() {
			t.Fatalf("nobody holds the lease three leases after %+v", w)
		}
		for _, next := range w.steps() {
			key := next.key()
			if seen[key] {
				continue
			}
			if next.held() > 1 {
				t.Fatalf("both hold it: %+v\nafter %+v", next, w)
			}
			held += next.held()
			seen[key] = true
			queue = append(queue, next)
		}
	}
	if held == 0 {
		t.Fatal("nobody ever held it")
	}
	t.Logf("%d states, %d left to look at, the lease held in %d", len(seen), len(queue), held)
}
