package control_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"go.uber.org/atomic"

	"netmeshos/internal/control"
)

// counts fails the test unless the total, the sum of its reported changes, and the counts
// of the channels are as expected.
func counts(t *testing.T, when string, drops *control.Drops, reported *atomic.Int64, total uint64, channels map[*control.Channel]uint64) {
	t.Helper()
	if drops.Total() != total || reported.Load() != int64(total) {
		t.Errorf("%s: total %d, reported %d, want %d", when, drops.Total(), reported.Load(), total)
	}
	for channel, want := range channels {
		if channel.Dropped() != want {
			t.Errorf("%s: a channel dropped %d, want %d", when, channel.Dropped(), want)
		}
	}
}

func TestDropsCountOverTheChannelsThatAreNotDetached(t *testing.T) {
	var reported atomic.Int64
	drops := control.NewDrops(func(delta int64) { reported.Add(delta) })
	small, large := control.NewQueue(1), control.NewQueue(3)
	a, b := drops.NewChannel(small), drops.NewChannel(large)
	counts(t, "at first", drops, &reported, 0, map[*control.Channel]uint64{a: 0, b: 0})

	for n := range 5 {
		if got, first := a.Enqueue(event(n)); got != (n < 1) || first != (n == 1) {
			t.Errorf("event %d to the small one: %v, the first drop: %v", n, got, first)
		}
		if got, first := b.Enqueue(event(n)); got != (n < 3) || first != (n == 3) {
			t.Errorf("event %d to the large one: %v, the first drop: %v", n, got, first)
		}
	}
	take(t, small, 0)
	isEmpty(t, small)
	take(t, large, 0)
	counts(t, "when full", drops, &reported, 6, map[*control.Channel]uint64{a: 4, b: 2})

	a.Detach()
	counts(t, "with one detached", drops, &reported, 2, map[*control.Channel]uint64{b: 2})
	a.Detach()
	counts(t, "with one detached twice", drops, &reported, 2, map[*control.Channel]uint64{b: 2})

	for range 5 {
		a.Enqueue(event(9))
	}
	counts(t, "with events for the detached one", drops, &reported, 2, map[*control.Channel]uint64{b: 2})

	b.Enqueue(event(5))
	b.Enqueue(event(6))
	counts(t, "with more for the other", drops, &reported, 3, map[*control.Channel]uint64{b: 3})
	b.Detach()
	counts(t, "with none attached", drops, &reported, 0, nil)
}

// An event for a daemon whose handle is consumed is neither kept nor counted as dropped.
func TestAClosedChannelCountsNothing(t *testing.T) {
	drops := control.NewDrops(nil)
	queue := control.NewQueue(1)
	channel := drops.NewChannel(queue)
	if !enqueue(channel, event(1)) || enqueue(channel, event(2)) {
		t.Fatal("one event fits")
	}
	channel.Close()
	if enqueue(channel, event(3)) {
		t.Error("an event is taken after Close")
	}
	if drops.Total() != 1 || channel.Dropped() != 1 {
		t.Errorf("%d dropped, %d on the channel, want 1", drops.Total(), channel.Dropped())
	}
	if e, ok := queue.TryNext(); !ok || e != event(1) {
		t.Errorf("%v waits", e)
	}
	if queue.Enqueue(event(4)) {
		t.Error("the mailbox takes an event after Close")
	}
}

func TestDropsNeedNoObserver(t *testing.T) {
	drops := control.NewDrops(nil)
	channel := drops.NewChannel(control.NewQueue(1))
	channel.Enqueue(event(1))
	channel.Enqueue(event(2))
	if drops.Total() != 1 {
		t.Errorf("dropped %d, want 1", drops.Total())
	}
	channel.Detach()
	if drops.Total() != 0 {
		t.Errorf("dropped %d, want 0", drops.Total())
	}
}

// However drops, reads and detaches overlap, each drop is subtracted exactly once.
func TestDropsAreCountedWhileChannelsComeAndGo(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	var reported atomic.Int64
	drops := control.NewDrops(func(delta int64) { reported.Add(delta) })
	var all sync.WaitGroup
	for w := range 4 {
		random := rand.New(rand.NewPCG(seed, uint64(w)))
		all.Go(func() {
			for range 200 {
				channel := drops.NewChannel(control.NewQueue(1 + random.IntN(3)))
				var users sync.WaitGroup
				for range 3 {
					sends := random.IntN(20)
					detaches := random.IntN(2) == 0
					users.Go(func() {
						for n := range sends {
							channel.Enqueue(event(n))
							_ = channel.Dropped()
						}
						if detaches {
							channel.Detach()
						}
					})
				}
				users.Wait()
				channel.Detach()
			}
		})
	}
	all.Wait()
	if drops.Total() != 0 || reported.Load() != 0 {
		t.Errorf("total %d, reported %d, want 0 with no channel attached", drops.Total(), reported.Load())
	}
}

// lent is a mailbox that must not be used once its channel has been detached.
type lent struct {
	t    *testing.T
	gone atomic.Bool
	used atomic.Int64
}

func (l *lent) use() {
	if l.gone.Load() {
		l.t.Error("the mailbox is used after its channel was detached")
	}
	l.used.Add(1)
	runtime.Gosched() // gives a Detach a chance to come in between
	if l.gone.Load() {
		l.t.Error("the mailbox is used while its channel is detached")
	}
}

func (l *lent) Enqueue(control.Event) bool { l.use(); return false }
func (l *lent) EndWaits()                  { l.use() }
func (l *lent) Close()                     { l.use() }

// A channel may be used forever, but it uses its mailbox only until Detach.
func TestADetachedChannelLeavesTheMailboxAlone(t *testing.T) {
	drops := control.NewDrops(nil)
	for range 500 {
		mailbox := &lent{t: t}
		channel := drops.NewChannel(mailbox)
		uses := []func(){func() { channel.Enqueue(event(1)) }, channel.EndWaits, channel.Close}
		for _, use := range uses {
			use()
		}
		var users sync.WaitGroup
		for _, use := range uses {
			users.Go(use)
		}
		users.Go(func() {
			channel.Detach()
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

func enqueue(c *control.Channel, e control.Event) bool {
	ok, _ := c.Enqueue(e)
	return ok
}
