package meshos_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// wishes are what the payload of an event may ask its daemon to do.
const wishes = "nnnnnnyyyssffpdgqt"

// modelLife is one daemon, and what the model has recorded about it.
type modelLife struct {
	world  *modelWorld
	number uint64
	id     uint64 // set before it can get an event
	handle *meshos.Handle
	random *rand.Rand // used by callbacks only

	inside atomic.Bool // a callback runs
	over   atomic.Bool // no callback may run any more

	mu       sync.Mutex        // guards what follows
	took     map[uint64]uint64 // events accepted from outside, by origin
	receipts map[modelSource]*modelReceipt
	stops    int             // stops that have begun
	events   uint64          // events processed
	failures uint64          // how many of them failed
	snapshot string          // the last snapshot
	awaited  []meshos.Output // emitted by events that did not fail, and not yet seen by the output function
	outputs  []string        // payloads of all outputs, by number
}

// modelSource is what numbers events: an origin outside, or a life.
type modelSource struct{ origin, life uint64 }

// outside is the life in the modelSource of events from outside.
const outside = 1 << 63

// modelReceipt is what has arrived from one source.
type modelReceipt struct {
	last uint64
	gaps int
}

func newModelLife(w *modelWorld, number, seed uint64) *modelLife {
	return &modelLife{
		world: w, number: number, random: rand.New(rand.NewPCG(seed, 1)),
		took: map[uint64]uint64{}, receipts: map[modelSource]*modelReceipt{},
	}
}

func (l *modelLife) enter() func() {
	if !l.inside.CompareAndSwap(false, true) {
		l.world.t.Error("two callbacks at the same time")
	}
	if l.over.Load() {
		l.world.t.Error("a callback after the end")
	}
	return func() { l.inside.Store(false) }
}

func (l *modelLife) mayNotRun(when string) {
	if l.inside.Load() {
		l.world.t.Errorf("a callback runs %s", when)
	}
}

func (l *modelLife) accepted(origin uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.took[origin]
}

func (l *modelLife) accept(origin uint64, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took[origin] += uint64(n)
}

func (l *modelLife) received(origin, sequence uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.receipts[modelSource{origin, outside}]
	return r != nil && r.last >= sequence
}

func (l *modelLife) count() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events
}

func (l *modelLife) stopBegins() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stops++
}

// receive records an event. It must be the next of its source, unless a stop or a change of
// the subscription explains the gap.
func (l *modelLife) receive(e meshos.InboundEvent, fields [][]byte) {
	source := modelSource{e.Origin, outside}
	var link modelLink
	if string(fields[0]) == "o" {
		number, _ := strconv.ParseUint(string(fields[3]), 10, 64)
		l.world.mu.Lock()
		producer := l.world.lives[number]
		if found := l.world.links[[2]*modelLife{producer, l}]; found != nil {
			link = *found
		}
		l.world.mu.Unlock()
		source.life = number
		producer.mu.Lock()
		if producer.id != e.Origin || uint64(len(producer.outputs)) < e.Sequence || producer.outputs[e.Sequence-1] != string(e.Payload) {
			l.world.t.Errorf("event %d of %d is %q, which is no such output", e.Sequence, number, e.Payload)
		}
		producer.mu.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events++
	r := l.receipts[source]
	if r == nil {
		r = &modelReceipt{}
		l.receipts[source] = r
		if source.life != outside && !link.whole {
			r.last = e.Sequence - 1 // the subscription began here
		}
	}
	switch {
	case e.Sequence == r.last+1:
	case e.Sequence <= r.last:
		l.world.t.Errorf("life %d: event %d of %v after %d", l.number, e.Sequence, source, r.last)
	default: // each stop, and each change of the subscription, makes one gap at most
		if r.gaps++; r.gaps > l.stops+link.changes {
			l.world.t.Errorf("life %d: event %d of %v after %d, gap %d with %d stops", l.number, e.Sequence, source, r.last, r.gaps, l.stops)
		}
	}
	r.last = e.Sequence
}

var errWish = errors.New("wished to fail")

// Process does what the payload asks for.
func (l *modelLife) Process(e meshos.InboundEvent, emit func([]byte)) error {
	defer l.enter()()
	fields := bytes.Fields(e.Payload)
	l.receive(e, fields)
	ttl, wish := int(fields[1][0]-'0'), fields[2][0]
	var emitted []meshos.Output
	if ttl > 0 {
		for range l.random.IntN(3) {
			next := wishes[l.random.IntN(len(wishes))]
			payload := fmt.Appendf(nil, "o %d %c %d %d", ttl-1, next, l.number, l.random.Uint32())
			emitted = append(emitted, meshos.Output{DaemonID: l.id, InOrigin: e.Origin, InSequence: e.Sequence, Payload: bytes.Clone(payload)})
			emit(payload)
			clear(payload)
		}
	}
	l.grant(wish, fields)
	l.mu.Lock()
	defer l.mu.Unlock()
	if wish == 'f' || wish == 't' {
		l.failures++
		if wish == 't' {
			panic("wished to panic")
		}
		return errWish
	}
	l.awaited = append(l.awaited, emitted...)
	return nil
}

func (l *modelLife) grant(wish byte, fields [][]byte) {
	switch wish {
	case 'y':
		runtime.Gosched()
		return
	case 's':
		time.Sleep(time.Duration(l.random.IntN(50)) * time.Microsecond)
		return
	case 'n', 'f', 't':
		return
	}
	// Calls from inside a callback are made by an actor with an origin of its own.
	a := &modelActor{l.world, l.random, 1_000 + l.number, append(l.outer(fields), l)}
	s := a.slots[a.random.IntN(len(a.slots))]
	switch wish {
	case 'p':
		a.post(s, a.random.IntN(4))
	case 'd':
		a.deliver(s)
	case 'g':
		a.snapshot(s)
	case 'q':
		a.flush(s)
	}
}

// chained adds to a delivered event the callbacks inside which it is processed.
func (a *modelActor) chained(e meshos.InboundEvent) meshos.InboundEvent {
	for _, l := range a.inside {
		e.Payload = fmt.Appendf(e.Payload, " %d", l.number)
	}
	return e
}

// outer returns the lives inside whose callbacks an event is processed.
func (l *modelLife) outer(fields [][]byte) []*modelLife {
	if string(fields[0]) != "e" {
		return nil
	}
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	var outer []*modelLife
	for _, f := range fields[3:] {
		number, _ := strconv.Atoi(string(f))
		outer = append(outer, l.world.lives[number])
	}
	return outer
}

// emitted records what the output function gets.
func (l *modelLife) emitted(o meshos.Output) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outputs = append(l.outputs, string(o.Payload))
	if o.Sequence != uint64(len(l.outputs)) {
		l.world.t.Errorf("life %d: output %d is numbered %d", l.number, len(l.outputs), o.Sequence)
	}
	if len(l.awaited) == 0 {
		l.world.t.Errorf("life %d: output %q is one too many", l.number, o.Payload)
		return
	}
	want := l.awaited[0]
	l.awaited = l.awaited[1:]
	if o.InOrigin != want.InOrigin || o.InSequence != want.InSequence || !bytes.Equal(o.Payload, want.Payload) {
		l.world.t.Errorf("life %d: output %+v, want %+v", l.number, o, want)
	}
}

// Snapshot returns the number of processed events.
func (l *modelLife) Snapshot() []byte {
	defer l.enter()()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.snapshot = strconv.FormatUint(l.events, 10)
	return []byte(l.snapshot)
}

// Restore accepts the last snapshot, or a state from outside.
func (l *modelLife) Restore(state []byte) error {
	defer l.enter()()
	l.mu.Lock()
	defer l.mu.Unlock()
	if string(state) != "R" && string(state) != l.snapshot {
		l.world.t.Errorf("life %d: restored from %q, not from %q", l.number, state, l.snapshot)
	}
	if l.random.IntN(10) == 0 {
		return errWish
	}
	return nil
}

// OnControl sometimes calls Done.
func (l *modelLife) OnControl(e meshos.Event) {
	defer l.enter()()
	if e.Kind == meshos.ControlShutdown && l.random.IntN(2) == 0 {
		_ = l.handle.Done()
	}
}

func (l *modelLife) Health() meshos.Health {
	defer l.enter()()
	return meshos.Health(l.random.IntN(3))
}

func (l *modelLife) Saturation() float32 {
	defer l.enter()()
	return l.random.Float32()
}
