package driver

import (
	"context"
	"testing"
)

func TestOutputsReachSubscribersOnce(t *testing.T) {
	m, a, b, _, _ := two(t, newMemory(names, 1<<20), nil)
	s := newCounter(subscriber)
	s.gapless = true
	a.post(0, 100)
	until(t, "what is before the subscription is counted", func() bool { return m.counted(producer) == 100 })
	b.add(s)
	subscribe := func() {
		if err := a.set.Subscribe(context.Background(), producer, subscriber); err != nil {
			t.Fatal(err)
		}
	}
	subscribe()
	subscribe() // changes nothing
	a.post(100, 600)
	until(t, "all are there", func() bool { return m.counted(subscriber) == 500 })
	a.crash()
	b.post(600, 900)
	until(t, "all are there", func() bool { return m.counted(subscriber) == 800 })
	c, _ := m.stored(subscriber)
	if c.wrong != 1 { // the first one, whose number isn't 1
		t.Errorf("the outputs have %d gaps or repetitions", c.wrong-1)
	}
	for number, count := range c.counts {
		if (number >= 100) != (count == 1) {
			t.Errorf("output %d has come %d times", number, count)
		}
	}
	if err := b.set.Unsubscribe(context.Background(), producer, subscriber); err != nil {
		t.Fatal(err)
	}
	d := b.set.Driver(subscriber)
	until(t, "it isn't read any more", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.sources) == 1
	})
	b.post(900, 950)
	until(t, "they are counted", func() bool { return m.counted(producer) == 950 })
	subscribe()
	b.post(950, 1000)
	until(t, "it gets outputs again", func() bool { return m.counted(subscriber) == 850 })
	if c, _ := m.stored(subscriber); c.counts[949] != 0 || c.counts[950] != 1 {
		t.Error("it has got outputs from the time without a subscription")
	}
}

// An output function sees each output at least once, in order, also where a node crashes between a commit
// and the call.
func TestOutputFunctions(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	a := m.start(1)
	c := newCounter(producer)
	c.sinks = true
	a.add(c)
	a.post(0, 50)
	until(t, "half are counted", func() bool { return m.counted(producer) == 50 })
	a.post(50, 100)
	until(t, "all are seen", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.emitted) == 100 })
	a.crash()
	b := m.start(2)
	c2 := newCounter(producer)
	c2.sinks = true
	b.add(c2)
	b.post(100, 150)
	until(t, "the rest is seen", func() bool {
		c2.mu.Lock()
		defer c2.mu.Unlock()
		n := len(c2.emitted)
		return n >= 50 && c2.emitted[n-1][0] == 149
	})
	c2.mu.Lock()
	defer c2.mu.Unlock()
	first := c2.emitted[0][0]
	if first > 100 || first < 50 {
		t.Errorf("the second sees from %d on: what the first may not have seen and no more, want 50 to 100", first)
	}
	for i, e := range c2.emitted {
		if e[0] != first+uint64(i) || e[1] != e[0]+1 {
			t.Fatalf("output %d is %v", i, e)
		}
	}
	if c.wrong+c2.wrong > 0 {
		t.Error("wrong causes")
	}
}
