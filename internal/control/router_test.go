package control_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"netmeshos/internal/control"
)

// counts compares the router's total, the sum of its reports, and the routes'
// own counts with what is wanted.
func counts(t *testing.T, when string, router *control.Router, reported *atomic.Int64, total uint64, routes map[*control.Route]uint64) {
	t.Helper()
	if router.Dropped() != total || reported.Load() != int64(total) {
		t.Errorf("%s: total %d, reported %d, want %d", when, router.Dropped(), reported.Load(), total)
	}
	for route, want := range routes {
		if route.Dropped() != want {
			t.Errorf("%s: a route dropped %d, want %d", when, route.Dropped(), want)
		}
	}
}

func TestRouterCountsOverTheAttachedRoutes(t *testing.T) {
	var reported atomic.Int64
	router := control.NewRouter(func(delta int64) { reported.Add(delta) })
	small, large := control.NewQueue(1), control.NewQueue(3)
	a, b := router.Attach(small), router.Attach(large)
	counts(t, "at first", router, &reported, 0, map[*control.Route]uint64{a: 0, b: 0})

	for n := range 5 {
		if got, want := a.Send(event(n)), n < 1; got != want {
			t.Errorf("event %d to the small one: %v, want %v", n, got, want)
		}
		if got, want := b.Send(event(n)), n < 3; got != want {
			t.Errorf("event %d to the large one: %v, want %v", n, got, want)
		}
	}
	take(t, small, 0)
	isEmpty(t, small)
	take(t, large, 0)
	counts(t, "when full", router, &reported, 6, map[*control.Route]uint64{a: 4, b: 2})

	a.Detach()
	counts(t, "with one detached", router, &reported, 2, map[*control.Route]uint64{b: 2})
	a.Detach()
	counts(t, "with one detached twice", router, &reported, 2, map[*control.Route]uint64{b: 2})

	for range 5 {
		a.Send(event(9))
	}
	counts(t, "with events for the detached one", router, &reported, 2, map[*control.Route]uint64{b: 2})

	b.Send(event(5))
	b.Send(event(6))
	counts(t, "with more for the other", router, &reported, 3, map[*control.Route]uint64{b: 3})
	b.Detach()
	counts(t, "with none attached", router, &reported, 0, nil)
}

// What comes for a daemon whose handle is consumed is neither kept nor dropped.
func TestAClosedRouteCountsNothing(t *testing.T) {
	router := control.NewRouter(nil)
	queue := control.NewQueue(1)
	route := router.Attach(queue)
	if !route.Send(event(1)) || route.Send(event(2)) {
		t.Fatal("one event fits")
	}
	route.Close()
	if route.Send(event(3)) {
		t.Error("an event is taken after Close")
	}
	if router.Dropped() != 1 || route.Dropped() != 1 {
		t.Errorf("%d dropped, %d on the route, want 1", router.Dropped(), route.Dropped())
	}
	if e, ok := queue.TryNext(); !ok || e != event(1) {
		t.Errorf("%v waits", e)
	}
	if queue.Send(event(4)) {
		t.Error("the mailbox takes an event after Close")
	}
}

func TestRouterNeedsNoObserver(t *testing.T) {
	router := control.NewRouter(nil)
	route := router.Attach(control.NewQueue(1))
	route.Send(event(1))
	route.Send(event(2))
	if router.Dropped() != 1 {
		t.Errorf("dropped %d, want 1", router.Dropped())
	}
	route.Detach()
	if router.Dropped() != 0 {
		t.Errorf("dropped %d, want 0", router.Dropped())
	}
}

// Whatever drops, reads and detaches meet, no count is left behind and none is
// taken back twice.
func TestRouterCountsWhileRoutesComeAndGo(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	var reported atomic.Int64
	router := control.NewRouter(func(delta int64) { reported.Add(delta) })
	var all sync.WaitGroup
	for w := range 4 {
		random := rand.New(rand.NewPCG(seed, uint64(w)))
		all.Go(func() {
			for range 200 {
				route := router.Attach(control.NewQueue(1 + random.IntN(3)))
				var users sync.WaitGroup
				for range 3 {
					sends := random.IntN(20)
					detaches := random.IntN(2) == 0
					users.Go(func() {
						for n := range sends {
							route.Send(event(n))
							_ = route.Dropped()
						}
						if detaches {
							route.Detach()
						}
					})
				}
				users.Wait()
				route.Detach()
			}
		})
	}
	all.Wait()
	if router.Dropped() != 0 || reported.Load() != 0 {
		t.Errorf("total %d, reported %d, want 0 with no route attached", router.Dropped(), reported.Load())
	}
}

// lent is a mailbox whose memory is another's once its route has been detached.
type lent struct {
	t    *testing.T
	gone atomic.Bool
	used atomic.Int64
}

func (l *lent) use() {
	if l.gone.Load() {
		l.t.Error("the mailbox is used after its route was detached")
	}
	l.used.Add(1)
	runtime.Gosched() // gives a Detach a chance to come in between
	if l.gone.Load() {
		l.t.Error("the mailbox is used while its route is detached")
	}
}

func (l *lent) Send(control.Event) bool { l.use(); return false }
func (l *lent) Shut()                   { l.use() }
func (l *lent) Close()                  { l.use() }

// Whoever has a route may use it for ever, the mailbox only until Detach.
func TestADetachedRouteLeavesTheMailboxAlone(t *testing.T) {
	router := control.NewRouter(nil)
	for range 500 {
		mailbox := &lent{t: t}
		route := router.Attach(mailbox)
		uses := []func(){func() { route.Send(event(1)) }, route.Shut, route.Close}
		for _, use := range uses {
			use()
		}
		var users sync.WaitGroup
		for _, use := range uses {
			users.Go(use)
		}
		users.Go(func() {
			route.Detach()
			mailbox.gone.Store(true)
		})
		users.Wait()
		for _, use := range uses {
			use()
		}
		if mailbox.used.Load() < int64(len(uses)) {
			t.Fatalf("the mailbox was used %d times", mailbox.used.Load())
		}
	}
}
