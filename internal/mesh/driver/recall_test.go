package driver

import (
	"testing"
	"time"

	"netmeshos/internal/fault"
)

// A deliver that is repeated has the same outputs, whatever was committed since and whoever runs the daemon now, until
// its record is purged.
func TestADeliverThatIsRepeated(t *testing.T) {
	const later = 3 * firstStep
	server := newMemory(names, 4096)
	m := newMesh(t, server)
	purge := time.Hour
	m.change = func(o *Options) { o.Purge, o.PurgeEvents = purge, 1<<30 }
	a := m.start(1)
	da := a.add(newCounter(producer))
	until(t, "the first runs it", da.Owns)
	a.post(0, 100)
	deliver := func(d *Driver, number int) Answer {
		t.Helper()
		return ask(t, d, &Request{Verb: Deliver, Event: numbered(6, uint64(number)), After: a.poster.Stored(producer)}) //nolint:gosec // not negative
	}
	for i := 100; i < 100+later; i++ {
		if got := deliver(da, i); got.Err != nil {
			t.Fatal(got.Err)
		}
	}
	repeated := func(when string, d *Driver) {
		t.Helper()
		for _, number := range []int{100, 101, 100 + later/2, 100 + later - 1} {
			got := deliver(d, number)
			if got.Err != nil || got.Outputs.Len() != 1 || got.Outputs.At(0).Sequence != uint64(number)+1 { //nolint:gosec // not negative
				t.Errorf("%s the deliver of %d is answered with %+v", when, number, got)
			}
		}
		posted := ask(t, d, &Request{Verb: Deliver, Event: numbered(5, 50)})
		if posted.Err == nil || posted.Err.Kind != fault.AlreadyProcessed {
			t.Errorf("%s the deliver of what was posted is answered with %+v", when, posted)
		}
	}
	repeated("later", da)
	a.crash()
	b := m.start(2)
	d := b.add(newCounter(producer))
	until(t, "the second runs it", d.Owns)
	repeated("after a take-over", d)
	b.crash()
	purge = time.Millisecond
	d = m.start(3).add(newCounter(producer))
	until(t, "it is purged", func() bool {
		d.wake()
		return server.count(names.Log(producer)) < 10
	})
	until(t, "the third runs it", d.Owns)
	if got := deliver(d, 100); got.Err == nil || got.Err.Kind != fault.AlreadyProcessed {
		t.Errorf("after the purge it is answered with %+v", got)
	}
	m.check(producer, 100+later)
}
