//go:build mesh

package directory

import (
	"context"
	"strings"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/link"
)

// post runs f on the goroutine, unless it has ended. It never blocks, so that the listener may call what posts.
func (d *Directory) post(f func()) {
	d.mu.Lock()
	d.posted = append(d.posted, f)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default: // it is awake
	}
}

// take returns what was posted.
func (d *Directory) take() []func() {
	d.mu.Lock()
	defer d.mu.Unlock()
	posted := d.posted
	d.posted = nil
	return posted
}

// task runs f on another goroutine, with a context that ends with the directory or after limit. done runs
// on the directory's goroutine.
func (d *Directory) task(limit time.Duration, f func(ctx context.Context) (done func())) {
	d.tasks.Add(1)
	go func() { // ends with limit, or with the directory
		defer d.tasks.Done()
		ctx, cancel := context.WithTimeout(d.ctx, limit)
		defer cancel()
		if done := f(ctx); done != nil {
			d.post(done)
		}
	}()
}

// later runs f on the directory's goroutine after some time, unless the directory ends before.
func (d *Directory) later(wait time.Duration, f func()) {
	d.tasks.Add(1)
	go func() { // ends with wait, or with the directory
		defer d.tasks.Done()
		if clock.Sleep(d.ctx, wait) {
			d.post(f)
		}
	}()
}

// errands changes what is followed and served, one after the other.
func (d *Directory) errands() {
	defer close(d.idle)
	for {
		select {
		case f := <-d.errand:
			f()
		case <-d.closed:
			return
		}
	}
}

// send hands an errand over, without waiting for it.
func (d *Directory) send(f func()) {
	select {
	case d.errand <- f:
	default: // so many wait that the server must be away
		d.tasks.Add(1)
		go func() { // until the errands have room
			defer d.tasks.Done()
			select {
			case d.errand <- f:
			case <-d.closed:
			}
		}()
	}
}

// run is the goroutine.
func (d *Directory) run() {
	defer close(d.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-d.wake:
			for _, f := range d.take() {
				f()
			}
		case m := <-d.heard:
			d.hear(m)
		case <-timer.C:
		case <-d.closed:
			return
		}
		timer.Reset(max(d.tick()-clock.Now(), 0))
	}
}

// tick does what is due, and returns when it must be called again.
func (d *Directory) tick() (next time.Duration) {
	now := clock.Now()
	d.doOwn(d.own.Tick(now))
	d.tickWatch(now)
	next = now + d.o.Beat
	if status := d.own.Status(); status == lease.Holding || !d.own.Busy() && status != lease.Given {
		next = min(next, d.own.Next())
	}
	if at, any := d.watch.Next(); any {
		next = min(next, at)
	}
	return max(min(next, d.tickPeers(now)), now+time.Millisecond)
}

// connected says whether the servers can be reached.
func (d *Directory) connected(up bool) {
	now := clock.Now()
	if !up {
		d.watch.Down()
		return
	}
	d.watch.Up(now)
	d.doOwn(d.own.Reconnected(now))
	d.reconnectedPeers(now)
}

// hear takes a message that is followed.
func (d *Directory) hear(m link.Message) {
	if m.Gap {
		d.gap(m.Subject)
		return
	}
	if m.Subject == d.names.Peers() {
		d.hearChanges(m)
		return
	}
	if strings.HasPrefix(m.Subject, d.names.Beat()+".") {
		d.hearBeat(m)
		return
	}
	kind, rest, ok := d.names.ParseMeta(m.Subject)
	if !ok {
		return
	}
	var id, node uint64
	switch {
	case kind == "lease" && link.ParseIDs(rest, &node):
		d.hearLease(node, m)
	case kind == "reg" && link.ParseIDs(rest, &id, &node):
		d.hearRegistration(id, node, m)
	}
}

func (d *Directory) log(level, message string) {
	if d.o.Log != nil {
		d.o.Log(level, message)
	}
}
