package driver

import "testing"

// A daemon that goes back to its last commit repeats nothing to an output function that has
// returned.
func TestAFailureRepeatsNoOutputs(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	m.change = func(o *Options) { o.Restart, o.CommitEvents = true, 10 }
	n := m.start(1)
	c := newCounter(producer)
	c.sinks, c.stops = true, true
	tries := map[uint32]int{}
	c.fails = func(number uint32) bool {
		tries[number]++
		return number%10 == 5 && tries[number] == 1
	}
	n.add(c)
	n.post(0, 100)
	until(t, "all are counted", func() bool { return m.counted(producer) == 100 })
	until(t, "the last is seen", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.emitted) > 0 && c.emitted[len(c.emitted)-1][0] == 99
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, e := range c.emitted {
		if e[0] != uint64(i) || e[1] != e[0]+1 {
			t.Fatalf("the output function has seen %v as number %d of %d: a failure repeats what was seen", e, i, len(c.emitted))
		}
	}
}
