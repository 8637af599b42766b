package actor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	events "netmeshos/internal/event"
	"netmeshos/internal/life"
	"netmeshos/internal/sched"
	"netmeshos/internal/watchdog"
)

// While the host has the token, the actor is held and busy: what wants the token, or
// idleness, waits until the host has returned it.
func TestAnActorWhoseHostHasTheTokenIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := env(sched.NewPool())
		h := lent(t, e, &host{features: actor.HasSnapshot})
		r := h.begin()
		if err := h.actor.Flush(time.Second, nil); err == nil {
			t.Error("a flush doesn't wait for the host")
		}
		idle := e.Activity.Idle()
		if idle == nil {
			t.Fatal("the node is idle while the host has the token")
		}
		if busy := e.Activity.Busy(); busy != 1 {
			t.Errorf("%d daemons are busy", busy)
		}
		ended := make(chan string, 10)
		go func() { _, _ = h.actor.Snapshot(nil); ended <- "snapshot" }()
		go func() { _ = h.actor.Flush(-1, nil); ended <- "flush" }()
		go func() { <-idle; ended <- "idle" }()
		if n, err := h.actor.Post(numbered(3)); n != 3 || err != nil {
			t.Errorf("%d events go in: %v", n, err)
		}
		synctest.Wait()
		if len(ended) != 0 {
			t.Errorf("%s ended while the host has the token", <-ended)
		}
		if err := h.end(r); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(ended) != 3 {
			t.Errorf("%d of 3 have ended", len(ended))
		}
		if v := h.actor.View(0); v.Stats.EventsIn != 5 || v.Stats.Outputs != 10 || v.Waiting != 0 || v.Running != 0 {
			t.Errorf("%+v", v)
		}
		e.Close() // frees what the workspaces have kept
		if _, _, wants := h.counts(); wants != 1 || h.freed != 1 {
			t.Errorf("the token was wanted %d times, %d runs came back", wants, h.freed)
		}
	})
}

// An end waits for the host that has the token, and the token is lent no more.
func TestAnEndWaitsForTheHost(t *testing.T) {
	for name, end := range map[string]func(a *actor.Actor){"Release": release, "FinishShutdown": finish, "Terminate": func(a *actor.Actor) { a.Terminate() }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := env(sched.NewPool())
				h := lent(t, e, &host{})
				r := h.begin()
				called := make(chan bool, 1)
				h.actor.After(func() { called <- true })
				end(h.actor)
				synctest.Wait()
				if isDone(h.actor) || len(called) != 0 || h.actor.Await(time.Hour, nil) {
					t.Error("it has ended while the host processes an event")
				}
				if err := h.end(r); err != nil {
					t.Error(err)
				}
				if !h.actor.Await(time.Hour, nil) || len(called) != 1 || h.isLent() {
					t.Error("it has not ended with the host's event")
				}
				if stats := h.actor.Retire(); stats.EventsIn != 2 {
					t.Errorf("%d events are counted", stats.EventsIn)
				}
			})
		})
	}
}

// A host that has the token too long is overdue, and its return is told.
func TestTheWatchdogSeesTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := observe(sched.NewPool())
		o.Watchdog = watchdog.New(time.Second, o.Activity, func(e life.Event) { o.Hook(e) })
		h := lent(t, o.Env, &host{})
		r := h.begin()
		began := time.Now()
		for range 40 { // as the loop attends
			o.Watchdog.Attend(time.Now())
			time.Sleep(250 * time.Millisecond)
		}
		o.mu.Lock()
		var overdue int
		for _, e := range o.happened {
			if e, ok := e.(life.Overdue); ok && e.ID == 1 {
				overdue++
			}
		}
		o.happened = nil
		o.mu.Unlock()
		if overdue != 1 {
			t.Errorf("overdue %d times", overdue)
		}
		if v := h.actor.View(clock.Now()); !v.Overdue || v.Running <= 0 || v.Running > time.Since(began) {
			t.Errorf("it has run for %v, overdue: %v", v.Running, v.Overdue)
		}
		_ = h.end(r)
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.happened) != 1 {
			t.Fatalf("%d events: %s", len(o.happened), lifeText(o.happened))
		}
		if _, ok := o.happened[0].(life.OverdueReturned); !ok {
			t.Errorf("%T", o.happened[0])
		}
	})
}

// Outputs of the event that the host processes go to a sink or a subscriber that comes
// meanwhile, with their numbers.
func TestWhoComesMeanwhileGetsTheHostsOutputs(t *testing.T) {
	t.Run("sink", func(t *testing.T) {
		e := env(sched.NewPool())
		h := lent(t, e, &host{})
		_ = h.deliver()
		r := h.begin()
		var got listed
		e.Sink.Set(&got)
		h.actor.Interrupt()
		if !r.isInterrupted() {
			t.Error("the host's event is not interrupted")
		}
		_ = h.end(r)
		if len(got) != 2 || got[0] != "1/5" || got[1] != "1/6" || h.isLent() {
			t.Errorf("%v", got)
		}
	})
	t.Run("subscriber", func(t *testing.T) {
		e := env(sched.NewPool())
		h := lent(t, e, &host{})
		_ = h.deliver()
		r := h.begin()
		to := newGated(0)
		subscriber := actor.New(e, 2, "subscriber", to, channel())
		defer subscriber.Release()
		h.actor.Subscribe(subscriber)
		_ = h.end(r)
		to.let <- struct{}{}
		to.let <- struct{}{}
		if err := subscriber.Flush(-1, nil); err != nil || to.all() != "[1/5 1/6]" {
			t.Errorf("%v, %v", to.all(), err)
		}
	})
}

// A failed event of the host's has the actor's error, and its count.
func TestAFailureInTheHost(t *testing.T) {
	o := observe(sched.NewPool())
	h := lent(t, o.Env, &host{})
	r := h.begin()
	r.failed = true
	err := h.end(r)
	if err == nil || err.Kind != "process_failed" {
		t.Errorf("the error is %v", err)
	}
	if !h.isLent() {
		t.Error("the token is not lent again")
	}
	if v := h.actor.View(0); v.Stats.Failed != 1 || v.Stats.EventsIn != 2 || v.Stats.Outputs != 2 || v.Stats.LastFailure.Status != -4 {
		t.Errorf("%+v", v.Stats)
	}
	if err := h.deliver(); err != nil {
		t.Error(err)
	}
}

// The actor's token is taken back by those who want idleness as often as it is lent.
func TestIdlenessIsFoundAgainAndAgain(t *testing.T) {
	e := env(sched.NewPool())
	h := lent(t, e, &host{})
	for range 3 {
		if busy := e.Activity.Busy(); busy != 0 || h.isLent() {
			t.Errorf("%d daemons are busy, lent: %v", busy, h.isLent())
		}
		_ = h.deliver()
		if !h.isLent() {
			t.Error("the token is not lent again")
		}
		if e.Activity.Idle() != nil || h.isLent() {
			t.Error("the node is not idle")
		}
		_ = h.deliver()
	}
}

// What the host has processed before is shown while it processes the next event.
func TestAViewCountsWhatTheHostHasProcessed(t *testing.T) {
	e := env(sched.NewPool())
	h := lent(t, e, &host{})
	for range 9 {
		_ = h.deliver()
	}
	r := h.begin()
	for range 2 {
		if v := h.actor.View(0); v.Stats.EventsIn != 10 || v.Stats.Outputs != 20 {
			t.Errorf("%d events and %d outputs are counted, want 10 and 20", v.Stats.EventsIn, v.Stats.Outputs)
		}
	}
	_ = h.end(r)
	if v := h.actor.View(0); v.Stats.EventsIn != 11 || v.Stats.Outputs != 22 {
		t.Errorf("%d events and %d outputs are counted, want 11 and 22", v.Stats.EventsIn, v.Stats.Outputs)
	}
}

// So do the statistics of a daemon whose handle is freed meanwhile.
func TestARetiredActorCountsWhatTheHostHasProcessed(t *testing.T) {
	h := lent(t, env(sched.NewPool()), &host{})
	_ = h.deliver()
	r := h.begin()
	h.actor.Release()
	if stats := h.actor.Retire(); stats.EventsIn != 2 || stats.Outputs != 4 {
		t.Errorf("%d events and %d outputs are counted, want 2 and 4", stats.EventsIn, stats.Outputs)
	}
	_ = h.end(r)
}

// sinkFunc is a function as a sink.
type sinkFunc func()

func (f sinkFunc) Emit(events.Batch, *actor.Workspace) { f() }

// The host counts its event just before it sees that the actor wants the token, and takes
// it out of the count then: who has seen the event counted sees it until the actor counts
// it.
func TestAViewNeverCountsBack(t *testing.T) {
	e := env(sched.NewPool())
	h := lent(t, e, &host{})
	r := h.begin()
	check := func() {
		if v := h.actor.View(0); v.Stats.EventsIn != 2 || v.Stats.Outputs != 4 {
			t.Errorf("%d events and %d outputs are counted, want 2 and 4", v.Stats.EventsIn, v.Stats.Outputs)
		}
	}
	h.change(func() { h.events++ })
	check()
	h.change(func() { h.events-- })
	check()
	emitted := 0
	e.Sink.Set(sinkFunc(func() { emitted++; check() }))
	h.actor.Interrupt()
	_ = h.end(r)
	check()
	if emitted != 1 {
		t.Errorf("the sink is called %d times", emitted)
	}
}
