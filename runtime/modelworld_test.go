package meshos_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// modelWorld is one SDK and what the model knows about it.
type modelWorld struct {
	t      *testing.T
	sdk    *meshos.SDK
	lively bool // daemons come and go, and so do subscriptions
	abrupt bool // the SDK is shut down while calls are made
	ended  bool // the SDK has been shut down; used by the round's goroutine only
	slots  []*modelSlot

	output  sync.Mutex   // held while the output function is changed
	current *atomic.Bool // set when the output function has been replaced; guarded by output

	mu    sync.Mutex // guards what follows
	lives []*modelLife
	byID  map[uint64]*modelLife // the last life with the id
	links map[[2]*modelLife]*modelLink
}

// modelLink is a present or past subscription.
type modelLink struct {
	whole   bool // since before the producer's first output
	changes int  // how often it was ended or made again
	on      bool
}

// modelSlot is an identity, which has one life after another.
type modelSlot struct {
	n      byte
	ending sync.Mutex   // held while a life is ended and the next begun
	gate   sync.RWMutex // held for reading while calls are made on a life
	life   *modelLife   // guarded by gate
}

// with calls do with the slot's life, which doesn't change meanwhile, unless a new life is
// about to begin.
func (s *modelSlot) with(do func(*modelLife)) {
	if s.gate.TryRLock() {
		defer s.gate.RUnlock()
		do(s.life)
	}
}

func newModelWorld(t *testing.T, random *rand.Rand) *modelWorld {
	config := meshos.Config{
		TickIntervalMS:      uint64(1 + random.IntN(3)),
		InboxCapacity:       uint64(1 + random.IntN(8)),
		ControlCapacity:     4,
		CrashLoopThreshold:  uint64(2 + random.IntN(3)),
		BackoffInitialMS:    1,
		BackoffMaxMS:        2,
		CrashLoopWindowMS:   uint64(1 + random.IntN(10)),
		CrashLoopCooldownMS: uint64(1 + random.IntN(5)),
		StableRunMS:         uint64(1 + random.IntN(10)),
		RecoveryRampMS:      uint64(1 + random.IntN(3)),
	}
	if random.IntN(2) == 0 {
		config.OnProcessFailure = meshos.Restart
	}
	sdk, err := meshos.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	w := &modelWorld{
		t: t, sdk: sdk, lively: random.IntN(2) == 0, abrupt: random.IntN(4) == 0,
		byID: map[uint64]*modelLife{}, links: map[[2]*modelLife]*modelLink{},
	}
	w.setOutput()
	for n := range byte(2 + random.IntN(4)) {
		s := &modelSlot{n: n}
		w.slots = append(w.slots, s)
		s.life = w.begin(s, random.Uint64())
	}
	for _, from := range w.slots {
		for _, to := range w.slots {
			if random.IntN(3) == 0 {
				w.link(from.life, to.life, true)
			}
		}
	}
	return w
}

// begin begins a life.
func (w *modelWorld) begin(s *modelSlot, seed uint64) *modelLife {
	w.mu.Lock()
	l := newModelLife(w, uint64(len(w.lives)), seed)
	w.lives = append(w.lives, l)
	w.mu.Unlock()
	h, err := w.sdk.Register("model", [meshos.SeedSize]byte{s.n}, l)
	if err != nil {
		w.allowed(err)
		return nil // the SDK is down
	}
	l.handle, l.id = h, h.ID()
	w.mu.Lock()
	w.byID[l.id] = l
	w.mu.Unlock()
	h.AfterLast(func() { l.mayNotRun("after the last") })
	return l
}

// link subscribes and records that.
func (w *modelWorld) link(from, to *modelLife, whole bool) {
	if err := w.sdk.Subscribe(from.id, to.id); err != nil {
		w.t.Error("Subscribe:", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.links[[2]*modelLife{from, to}] = &modelLink{whole: whole, on: true}
}

// setOutput sets a new output function, which records what all daemons emit.
func (w *modelWorld) setOutput() {
	w.output.Lock()
	defer w.output.Unlock()
	over := new(atomic.Bool)
	if err := w.sdk.SetOutput(func(o meshos.Output) {
		if over.Load() {
			w.t.Error("an output function is called after it was replaced")
		}
		w.mu.Lock()
		l := w.byID[o.DaemonID]
		w.mu.Unlock()
		l.emitted(o)
	}); err != nil {
		w.allowed(err)
		return
	}
	if w.current != nil {
		w.current.Store(true)
	}
	w.current = over
}

// renew ends the life of a slot in a random way and begins another one.
func (a *modelActor) renew(s *modelSlot) {
	if len(a.inside) > 0 || !s.ending.TryLock() {
		return
	}
	defer s.ending.Unlock()
	old := s.life // nobody else changes it
	h := old.handle
	old.stopBegins()
	if a.random.IntN(2) == 0 {
		a.allowed(h.GracefulShutdown(uint64(1 + a.random.IntN(3))))
	}
	h.Close()
	old.over.Store(true)
	old.mayNotRun("after Close")
	for !s.gate.TryLock() { // waiting for the lock would keep others from reading
		time.Sleep(10 * time.Microsecond)
	}
	defer s.gate.Unlock()
	l := a.begin(s, a.random.Uint64())
	if l == nil {
		return
	}
	s.life = l
	// from it first: it emits nothing before it gets an event
	for _, out := range []bool{true, false} {
		for _, other := range a.slots {
			if a.random.IntN(3) == 0 {
				a.renewLink(s, other, out)
			}
		}
	}
}

// renewLink subscribes to or from a life that has just begun.
func (a *modelActor) renewLink(s, other *modelSlot, out bool) {
	if other == s {
		if out {
			a.relink(s.life, s.life, true)
		}
		return
	}
	other.with(func(o *modelLife) {
		if out {
			a.relink(s.life, o, true)
		} else {
			a.relink(o, s.life, false)
		}
	})
}

// relink is link for a daemon that may have ended.
func (a *modelActor) relink(from, to *modelLife, whole bool) {
	err := a.sdk.Subscribe(from.id, to.id)
	a.allowed(err)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.links[[2]*modelLife{from, to}] = &modelLink{whole: whole, on: true}
	}
}

// subscribe makes a subscription or ends one.
func (a *modelActor) subscribe(from, to *modelSlot) {
	from.with(func(f *modelLife) {
		to.with(func(t *modelLife) {
			a.mu.Lock()
			defer a.mu.Unlock()
			key := [2]*modelLife{f, t}
			link := a.links[key]
			if link == nil {
				link = &modelLink{}
				a.links[key] = link
			}
			link.changes++
			var err error
			if link.on {
				err = a.sdk.Unsubscribe(f.id, t.id)
			} else {
				err = a.sdk.Subscribe(f.id, t.id)
			}
			if err == nil {
				link.on = !link.on
			} else {
				link.on = false // the subscription ended with one of its daemons
				a.allowed(err)
			}
		})
	})
}
