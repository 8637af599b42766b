package gotests

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

const (
	places     = 2 // SDKs that live at the same time
	identities = 5 // in each SDK; fewer than actors, so that actors share daemons
)

// world is the SDKs of a stress test and the daemons in them.
type world struct {
	t          *testing.T
	started    atomic.Uint64
	registered atomic.Uint64
	over       atomic.Bool // callbacks make no calls any more
	places     [places]place

	mu        sync.Mutex // guards what follows
	forgotten []*daemon  // daemons that are in no place's list
}

// place holds one SDK; when that is shut down, another one takes its place.
type place struct {
	mu      sync.Mutex // guards what follows
	sdk     *meshos.SDK
	daemons [identities]*daemon // the last daemon registered for each identity
}

func newWorld(t *testing.T) *world {
	w := &world{t: t}
	for i := range w.places {
		w.places[i].sdk = w.start()
	}
	return w
}

func (w *world) start() *meshos.SDK {
	config := meshos.Config{
		ThisNode: 7, TickIntervalMS: 1, EventQueueCapacity: 32, ControlCapacity: 1, InboxCapacity: 4,
		BackoffInitialMS: 1, BackoffMaxMS: 2, CrashLoopThreshold: 3, CrashLoopCooldownMS: 5, RecoveryRampMS: 1, WatchdogMS: 10,
	}
	if w.started.Add(1)%2 == 0 {
		config.OnProcessFailure = meshos.Restart
	}
	sdk, err := meshos.Start(config)
	if err != nil {
		panic(err)
	}
	w.allowed("SetOutput", sdk.SetOutput(w.output))
	return sdk
}

// any picks a place, its SDK and a daemon that was registered there, perhaps with an earlier
// SDK; the daemon is nil if there was none yet.
func (w *world) any(random *rand.Rand) (*place, *meshos.SDK, *daemon) {
	p := &w.places[random.IntN(places)]
	p.mu.Lock()
	defer p.mu.Unlock()
	return p, p.sdk, p.daemons[random.IntN(identities)]
}

// register registers a daemon with the SDK of a place.
func (w *world) register(p *place, sdk *meshos.SDK, random *rand.Rand) {
	n := random.IntN(identities)
	d := &daemon{world: w, sdk: sdk, random: rand.New(rand.NewPCG(random.Uint64(), 0)), known: make(chan struct{})}
	var err error
	d.handle, err = sdk.Register("daemon", seed(n), d)
	if !w.allowed("Register", err, meshos.KindRegisterFailed, meshos.KindAlreadyShutdown) {
		return
	}
	close(d.known)
	w.registered.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.daemons[n]
	switch {
	case p.sdk != sdk:
		w.forget(d) // it came too late for the list
	case before != nil && before.sdk == sdk && !before.ending.Load():
		// The other one was registered later, so this one must have begun to end.
		if !d.ending.Load() {
			w.t.Error("an id is registered twice")
		}
		w.forget(d)
	default:
		if before != nil {
			w.forget(before)
		}
		p.daemons[n] = d
	}
}

// forget releases a daemon that is no longer in a list, because nobody else would.
func (w *world) forget(d *daemon) {
	d.release()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgotten = append(w.forgotten, d)
}

// shutDown ends the SDK of a place, unless somebody else does, and starts another one there.
func (w *world) shutDown(p *place, sdk *meshos.SDK, err error, kinds ...meshos.Kind) {
	w.allowed("Shutdown", err, append(kinds, meshos.KindAlreadyShutdown)...)
	p.mu.Lock()
	var daemons []*daemon
	if p.sdk == sdk {
		p.sdk = w.start()
		daemons = slices.Clone(p.daemons[:])
	}
	p.mu.Unlock()
	for _, d := range daemons {
		if d != nil && d.sdk == sdk {
			d.release()
		}
	}
}

// end ends everything and checks what is left.
func (w *world) end() {
	w.over.Store(true)
	for i := range w.places { // this wakes whatever waits
		p := &w.places[i]
		p.mu.Lock()
		sdk := p.sdk
		p.mu.Unlock()
		w.allowed("Flush", sdk.Flush(0, time.Minute), meshos.KindAlreadyShutdown)
	}
	w.closeAll()
	w.closeAll() // the daemons that the last callbacks registered
	for i := range w.places {
		sdk := w.places[i].sdk
		if n := sdk.DroppedControlEvents(); n != 0 {
			w.t.Errorf("%d events are said to be dropped, with no daemon registered", n)
		}
		for n := range identities {
			h, err := sdk.Register("daemon", seed(n), nil)
			if w.allowed("Register", err) {
				h.Close()
			}
		}
		w.allowed("Shutdown", sdk.Shutdown())
	}
}

// closeAll closes all daemons and waits for their callbacks.
func (w *world) closeAll() {
	w.mu.Lock()
	all := w.forgotten
	w.forgotten = nil
	w.mu.Unlock()
	for i := range w.places {
		p := &w.places[i]
		p.mu.Lock()
		all = append(all, p.daemons[:]...)
		p.mu.Unlock()
	}
	for _, d := range all {
		if d != nil {
			d.close(nil)
		}
	}
}

// allowed reports whether there is no error, and fails the test if there is one of a kind
// that isn't allowed.
func (w *world) allowed(what string, err error, kinds ...meshos.Kind) bool {
	if err == nil {
		return true
	}
	var e *meshos.Error
	if !errors.As(err, &e) || !slices.Contains(kinds, e.Kind) {
		w.t.Errorf("%s: %v", what, err)
	}
	return false
}

// daemon has all optional methods, and makes random calls in its callbacks.
type daemon struct {
	world  *world
	sdk    *meshos.SDK
	handle *meshos.Handle
	known  chan struct{} // closed when handle is set
	random *rand.Rand    // for the callbacks

	inside atomic.Bool // a callback runs
	ending atomic.Bool // its end has begun
	closed atomic.Bool // closing its handle has begun
	over   atomic.Bool // no callback may begin
}

func (d *daemon) Health() meshos.Health {
	defer d.enter()()
	return meshos.Health(d.random.IntN(5) - 1)
}

func (d *daemon) Saturation() float32 {
	defer d.enter()()
	return d.random.Float32()*3 - 1
}

func (d *daemon) OnControl(e meshos.Event) {
	defer d.enter()()
	d.control(e)
}

// enter begins a callback and returns a function that ends it.
func (d *daemon) enter() func() {
	if !d.inside.CompareAndSwap(false, true) {
		d.world.t.Error("two callbacks of a daemon at the same time")
	}
	if d.over.Load() {
		d.world.t.Error("a callback begins after the end")
	}
	<-d.known
	for range d.random.IntN(20) {
		runtime.Gosched()
	}
	if d.random.IntN(10) == 0 && !d.world.over.Load() {
		(&actor{world: d.world, random: d.random, self: d}).act()
	}
	return func() { d.inside.Store(false) }
}

// control fails the test unless the event is one that a daemon may get.
func (d *daemon) control(e meshos.Event) {
	switch e.Kind {
	case meshos.ControlShutdown, meshos.ControlDrainStart:
		if e.GraceMS == 0 {
			d.world.t.Errorf("control event %v", e)
		}
	case meshos.ControlBackpressureOn:
		if !(e.Level > 0 && e.Level <= 1) {
			d.world.t.Errorf("control event %v", e)
		}
	case meshos.ControlDrainFinish, meshos.ControlBackpressureOff:
	default:
		d.world.t.Errorf("control event %v", e)
	}
}

func (d *daemon) release() {
	d.ending.Store(true)
	d.closed.Store(true)
	d.handle.Release()
}

// close closes the handle for a caller that runs inside a callback of inside; nil: inside
// none.
func (d *daemon) close(inside *daemon) {
	d.ending.Store(true)
	d.closed.Store(true)
	if inside != nil {
		d.handle.AfterLast(func() { d.over.Store(true) })
		d.handle.Inside(inside.handle).Close()
		return
	}
	d.handle.Close()
	d.isOver()
}

// isOver is called when no callback may run or begin.
func (d *daemon) isOver() {
	d.over.Store(true)
	if d.inside.Load() {
		d.world.t.Error("a callback runs after the end")
	}
}
