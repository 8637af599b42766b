// A daemon is a goroutine that reads from a channel of events, which are copied into the channel and out of it.
package main

import (
	"runtime"
	"time"

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
		peer.Case{Name: "refused", Run: refused},
	)
}

// daemon counts what it reads until its channel is closed.
type daemon struct {
	peer.Counter
	inbox chan peer.Event
	ended chan struct{}
}

// start starts a daemon that passes its events on to next; to nobody if that is nil.
func start(inbox int, next *daemon) *daemon {
	d := &daemon{inbox: make(chan peer.Event, inbox), ended: make(chan struct{})}
	go func() {
		for event := range d.inbox {
			d.Take(&event)
			if next != nil {
				next.inbox <- event
			}
		}
		close(d.ended)
	}()
	return d
}

// end waits until the daemon has processed all.
func (d *daemon) end() {
	close(d.inbox)
	<-d.ended
}

func single() {
	n := peer.Amount(10_000_000, 20_000)
	d := start(peer.Inbox, nil)
	began := time.Now()
	for i := range n {
		d.inbox <- peer.Event{Number: uint64(i)}
	}
	d.end()
	peer.Rate("single", n, began)
	d.Check(uint64(n))
}

func spread() {
	rounds := peer.Amount(5_000, 20)
	daemons := make([]*daemon, 1000)
	for i := range daemons {
		daemons[i] = start(1024, nil)
	}
	began := time.Now()
	for i := range rounds {
		for _, d := range daemons {
			d.inbox <- peer.Event{Number: uint64(i)}
		}
	}
	for _, d := range daemons {
		d.end()
	}
	peer.Rate("spread", rounds*len(daemons), began)
	for _, d := range daemons {
		d.Check(uint64(rounds))
	}
}

func pipeline() {
	n := peer.Amount(5_000_000, 20_000)
	last := start(peer.Inbox, nil)
	middle := start(peer.Inbox, last)
	first := start(peer.Inbox, middle)
	stages := []*daemon{first, middle, last}
	began := time.Now()
	for i := range n {
		first.inbox <- peer.Event{Number: uint64(i)}
	}
	for _, d := range stages {
		d.end()
	}
	peer.Rate("pipeline", n, began)
	for _, d := range stages {
		d.Check(uint64(n))
	}
}

// asks times n questions, each after a pause, and returns how long each took.
func asks(n int, pause time.Duration) []time.Duration {
	questions, answers := make(chan peer.Event), make(chan peer.Event)
	go func() {
		for event := range questions {
			answers <- event
		}
	}()
	var answered peer.Counter
	took := make([]time.Duration, n)
	for i := range n {
		if pause > 0 {
			time.Sleep(pause)
		}
		began := time.Now()
		questions <- peer.Event{Number: uint64(i)}
		event := <-answers
		took[i] = time.Since(began)
		answered.Take(&event)
	}
	close(questions)
	answered.Check(uint64(n))
	return took
}

func ask() {
	took := asks(peer.Amount(300_000, 2_000), 0)
	peer.Percentile("ask_p50", took, 0.5)
	peer.Percentile("ask_p99", took, 0.99)
}

// The asking goroutine has a thread of its own, which no other goroutine runs on.
func wake() {
	runtime.LockOSThread()
	peer.Percentile("wake", asks(peer.Amount(20_000, 200), 0), 0.5)
	peer.Percentile("wake_idle", asks(peer.Amount(500, 5), 2*time.Millisecond), 0.5)
}

func lives() {
	n := peer.Amount(200_000, 200)
	began := time.Now()
	for range n {
		start(16, nil).end()
	}
	peer.Each("life", n, began)
	var events uint64
	began = time.Now()
	for range n {
		d := start(16, nil)
		d.inbox <- peer.Event{}
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
		daemons[i] = start(16, nil)
	}
	peer.Report("idle", (peer.Resident()-before)/float64(n))
	for _, d := range daemons {
		d.inbox <- peer.Event{}
	}
	for _, d := range daemons {
		for len(d.inbox) > 0 {
			runtime.Gosched()
		}
	}
	peer.Report("idle_event", (peer.Resident()-before)/float64(n))
	for _, d := range daemons {
		d.end()
		d.Check(1)
	}
}

// A daemon fails by a panic, and the goroutine goes on with the next event.
func restart() {
	took := make([]time.Duration, peer.Amount(500, 10))
	for i := range took {
		inbox, resumed := make(chan peer.Event, 16), make(chan time.Time)
		var failed time.Time
		process := func() (more bool) {
			defer func() { more = recover() != nil }()
			for event := range inbox {
				if event.Number == 0 {
					failed = time.Now()
					panic("the first event fails")
				}
				resumed <- time.Now()
			}
			return
		}
		go func() {
			for process() {
			}
		}()
		inbox <- peer.Event{Number: 0}
		inbox <- peer.Event{Number: 1}
		took[i] = (<-resumed).Sub(failed)
		close(inbox)
	}
	peer.Percentile("restart", took, 0.5)
}

func refused() {
	n := peer.Amount(10_000_000, 5_000)
	inbox := make(chan peer.Event, 64)
	for range cap(inbox) {
		inbox <- peer.Event{}
	}
	count := 0
	began := time.Now()
	for i := range n {
		select {
		case inbox <- peer.Event{Number: uint64(i)}:
		default:
			count++
		}
	}
	peer.Report("refused", float64(time.Since(began).Nanoseconds())/float64(n))
	if count != n {
		peer.Fail("%d of %d were refused", count, n)
	}
}
