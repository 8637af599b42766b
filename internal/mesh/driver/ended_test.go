package driver

import (
	"runtime"
	"testing"
	"time"

	"go.uber.org/atomic"
)

// Nothing keeps a driver or its set once it has ended, not even a purge that would be due in an hour.
func TestNothingKeepsWhatHasEnded(t *testing.T) {
	for name, end := range map[string]func(*node, *Driver){
		"handed over": func(n *node, d *Driver) {
			d.End(false)
			<-d.Done()
			n.crash()
		},
		"abandoned": func(n *node, _ *Driver) { n.crash() },
	} {
		t.Run(name, func(t *testing.T) {
			const cycles = 20
			kept := atomic.NewInt64(2 * cycles)
			server := newMemory(names, 1<<20)
			for i := range cycles {
				m := &mesh{t: t, server: server, follow: server.follow, change: func(o *Options) { o.Purge = time.Hour }}
				n := m.start(1)
				c := newCounter(producer)
				d := n.add(c)
				n.post(i, i+1)
				ask(t, d, &Request{Verb: Flush, After: n.poster.Stored(producer)})
				runtime.AddCleanup(c, func(struct{}) { kept.Dec() }, struct{}{})
				runtime.AddCleanup(n.set, func(struct{}) { kept.Dec() }, struct{}{})
				end(n, d)
				m.nodes, n.set, n.poster = nil, nil, nil // the test's own
			}
			until(t, "nothing is kept", func() bool {
				runtime.GC()
				return kept.Load() == 0
			})
		})
	}
}
