package actor

import (
	"testing"
	"time"
)

// The hosts that are found overdue, next to a set of those that work. There are
// more hosts than handy desks.
func TestOverdueAreThoseWhoWork(t *testing.T) {
	random := dice(t)
	env := &Env{}
	hosts := make([]*Host, 3*handyDesks)
	working := map[*Host]*Desk{}
	now := time.Now()
	for i := range hosts {
		hosts[i] = &Host{env: env, id: uint64(i)}
	}
	for range 2_000 {
		h := hosts[random.IntN(len(hosts))]
		if d := working[h]; d != nil {
			h.began.Store(0)
			giveDesk(h, d, random.IntN(2) == 0)
			delete(working, h)
		} else {
			working[h] = takeDesk(h)
			h.began.Store(int64(now.Sub(origin)) - int64(time.Second))
			h.overdue.Store(0)
		}
		found := map[*Host]bool{}
		env.Overdue(now, time.Second, func(h *Host, running time.Duration) {
			if found[h] || working[h] == nil || running != time.Second {
				t.Fatalf("host %d has run for %v, works %v, found %v", h.id, running, working[h] != nil, found[h])
			}
			found[h] = true
		})
		for h := range found { // so that they are found again
			h.overdue.Store(0)
		}
		if len(found) != len(working) {
			t.Fatalf("%d hosts found of %d", len(found), len(working))
		}
	}
	taken := map[*Desk]bool{}
	for h, d := range working {
		if taken[d] {
			t.Errorf("host %d shares its desk", h.id)
		}
		taken[d] = true
	}
	(&Env{}).Overdue(now, 0, func(h *Host, _ time.Duration) { t.Errorf("host %d is of another environment", h.id) })
}
