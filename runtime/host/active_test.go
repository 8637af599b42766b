package host

import (
	"testing"
	"time"
)

// The hosts that hold their token, next to a set, in an order that has all
// places of the lists.
func TestActiveIsASet(t *testing.T) {
	random := dice(t)
	var a Active
	hosts := make([]*Host, 3*activeShards)
	active := map[*Host]bool{}
	now := time.Now()
	for i := range hosts {
		hosts[i] = &Host{id: uint64(i)}
	}
	for range 2_000 {
		h := hosts[random.IntN(len(hosts))]
		if active[h] {
			a.leave(h)
			delete(active, h)
		} else {
			a.enter(h)
			active[h] = true
			h.began.Store(int64(now.Sub(origin)) - int64(time.Second))
			h.overdue.Store(0)
		}
		found := map[*Host]bool{}
		a.Overdue(now, time.Second, func(h *Host, running time.Duration) {
			if found[h] || !active[h] || running != time.Second {
				t.Fatalf("host %d has run for %v, active %v, found %v", h.id, running, active[h], found[h])
			}
			found[h] = true
			h.overdue.Store(0) // so that it is found again
		})
		if len(found) != len(active) {
			t.Fatalf("%d hosts found of %d", len(found), len(active))
		}
	}
}
