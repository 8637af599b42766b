// A daemon is an actor of protoactor-go. It gets the pointer of an event that the sender allocates.
package main

import (
	"io"
	"log/slog"
	"runtime"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"netmeshos/peers/peer"
)

func main() {
	peer.Main(
		peer.Case{Name: "single", Run: single},
		peer.Case{Name: "spread", Run: spread},
		peer.Case{Name: "pipeline", Run: pipeline},
		peer.Case{Name: "ask", Run: ask},
		peer.Case{Name: "wake", Run: wake},
		peer.Case{Name: "lives", Run: lives},
		peer.Case{Name: "memory", Run: memory},
		peer.Case{Name: "restart", Run: restart},
	)
}

// Its failures and restarts go to a log that nobody reads.
var system = actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
	return slog.New(slog.NewTextHandler(io.Discard, nil))
}))

// A mailbox with a bound has all its room from the start. So only daemons that are few have one.
var bounded = actor.WithMailbox(actor.Bounded(peer.Inbox))

// daemon counts its events, passes them on, and tells when it has all.
type daemon struct {
	peer.Counter
	pid, next *actor.PID
	want      uint64
	all       chan struct{}
}

func (d *daemon) Receive(c actor.Context) {
	event, ok := c.Message().(*peer.Event)
	if !ok {
		return
	}
	d.Take(event)
	if d.next != nil {
		c.Send(d.next, event)
	}
	if d.Events == d.want {
		close(d.all)
	}
}

func start(want int, next *daemon, options ...actor.PropsOption) *daemon {
	d := &daemon{want: uint64(want), all: make(chan struct{})}
	if next != nil {
		d.next = next.pid
	}
	d.pid = system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return d }, options...))
	return d
}

func (d *daemon) send(number int) { system.Root.Send(d.pid, &peer.Event{Number: uint64(number)}) }

func single() {
	n := peer.Amount(5_000_000, 20_000)
	d := start(n, nil, bounded)
	began := time.Now()
	for i := range n {
		d.send(i)
	}
	<-d.all
	peer.Rate("single", n, began)
	d.Check(uint64(n))
}

func spread() {
	rounds := peer.Amount(3_000, 20)
	daemons := make([]*daemon, 1000)
	for i := range daemons {
		daemons[i] = start(rounds, nil)
	}
	began := time.Now()
	for i := range rounds {
		for _, d := range daemons {
			d.send(i)
		}
	}
	for _, d := range daemons {
		<-d.all
	}
	peer.Rate("spread", rounds*len(daemons), began)
	for _, d := range daemons {
		d.Check(uint64(rounds))
	}
}

func pipeline() {
	n := peer.Amount(2_000_000, 20_000)
	last := start(n, nil, bounded)
	middle := start(n, last, bounded)
	first := start(n, middle, bounded)
	stages := []*daemon{first, middle, last}
	began := time.Now()
	for i := range n {
		first.send(i)
	}
	for _, d := range stages {
		<-d.all
	}
	peer.Rate("pipeline", n, began)
	for _, d := range stages {
		d.Check(uint64(n))
	}
}

func asks(n int, pause time.Duration) []time.Duration {
	echo := system.Root.Spawn(actor.PropsFromFunc(func(c actor.Context) {
		if event, ok := c.Message().(*peer.Event); ok {
			c.Respond(event)
		}
	}))
	var answered peer.Counter
	took := make([]time.Duration, n)
	for i := range n {
		if pause > 0 {
			time.Sleep(pause)
		}
		began := time.Now()
		answer, err := system.Root.RequestFuture(echo, &peer.Event{Number: uint64(i)}, time.Minute).Result()
		took[i] = time.Since(began)
		if err != nil {
			peer.Fail("no answer: %v", err)
		}
		answered.Take(answer.(*peer.Event))
	}
	answered.Check(uint64(n))
	return took
}

func ask() {
	took := asks(peer.Amount(200_000, 2_000), 0)
	peer.Percentile("ask_p50", took, 0.5)
	peer.Percentile("ask_p99", took, 0.99)
}

// The asking goroutine has a thread of its own, which no other goroutine runs on.
func wake() {
	runtime.LockOSThread()
	peer.Percentile("wake", asks(peer.Amount(20_000, 200), 0), 0.5)
	peer.Percentile("wake_idle", asks(peer.Amount(500, 5), 2*time.Millisecond), 0.5)
}

// end waits until the daemon has processed what it has, and has stopped.
func (d *daemon) end() {
	if err := system.Root.PoisonFuture(d.pid).Wait(); err != nil {
		peer.Fail("an actor didn't stop: %v", err)
	}
}

func lives() {
	n := peer.Amount(50_000, 200)
	began := time.Now()
	for range n {
		start(0, nil).end()
	}
	peer.Each("life", n, began)
	var events uint64
	began = time.Now()
	for range n {
		d := start(1, nil)
		d.send(0)
		d.end()
		events += d.Events
	}
	peer.Each("life_event", n, began)
	if events != uint64(n) {
		peer.Fail("%d of %d events were processed", events, n)
	}
}

func memory() {
	n := peer.Amount(100_000, 1_000)
	daemons := make([]*daemon, n)
	before := peer.Resident()
	for i := range daemons {
		daemons[i] = start(1, nil)
	}
	peer.Report("idle", (peer.Resident()-before)/float64(n))
	for _, d := range daemons {
		d.send(0)
	}
	for _, d := range daemons {
		<-d.all
	}
	peer.Report("idle_event", (peer.Resident()-before)/float64(n))
	for _, d := range daemons {
		d.Check(1)
	}
}

// patient fails with its first event, by a panic. Its supervisor, the default one, restarts it at once.
type patient struct {
	failed  *time.Time
	resumed chan time.Time
}

func (p *patient) Receive(c actor.Context) {
	event, ok := c.Message().(*peer.Event)
	switch {
	case !ok:
	case event.Number == 0:
		*p.failed = time.Now()
		panic("the first event fails")
	default:
		p.resumed <- time.Now()
	}
}

func restart() {
	took := make([]time.Duration, peer.Amount(500, 10))
	for i := range took {
		var failed time.Time
		resumed := make(chan time.Time, 1)
		pid := system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return &patient{&failed, resumed} }))
		system.Root.Send(pid, &peer.Event{Number: 0})
		system.Root.Send(pid, &peer.Event{Number: 1})
		took[i] = (<-resumed).Sub(failed)
		system.Root.Poison(pid)
	}
	peer.Percentile("restart", took, 0.5)
}
