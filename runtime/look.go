package meshos

import (
	"cmp"
	"slices"
	"time"

	"netmeshos/internal/view"
)

// RuntimeJSON shows all there is to see of the SDK, with the daemons sorted by
// id; docs/runtime-json.md documents it key by key. It works after Shutdown too.
func (s *SDK) RuntimeJSON() []byte {
	now := time.Now()
	look := view.Runtime{
		NodeID:   s.config.ThisNode,
		UptimeMS: now.Sub(s.started).Milliseconds(),
		Ticks:    s.Ticks(),
		Queues: view.Queues{
			EventsWaiting: s.env.Load.Waiting(),
			LogsWaiting:   s.queue.Len(),
			BusyDaemons:   s.env.Load.Busy(),
			InboxCapacity: s.config.InboxCapacity,
		},
	}
	s.state.Lock()
	look.Maintenance = s.maintenance.State().At(now)
	look.Backpressure.On, look.Backpressure.Level = s.backpressure.On()
	s.state.Unlock()
	for _, f := range s.env.Failures.Recent() {
		look.RecentFailures = append(look.RecentFailures, lookAtFailure(f))
	}
	daemons, gone := s.counted()
	slices.SortFunc(daemons, func(a, b *Handle) int { return cmp.Compare(a.id, b.id) })
	look.Daemons = make([]view.Daemon, len(daemons))
	for i, h := range daemons {
		look.Daemons[i] = h.look(now)
	}
	look.Totals = s.totals(gone, look.Daemons)
	return look.JSON()
}
