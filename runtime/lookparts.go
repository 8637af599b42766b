package meshos

import (
	"maps"
	"slices"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/view"
)

func lookAtFailure(f actor.Failure) view.Failure {
	return view.Failure{UnixMS: f.Time.UnixMilli(), DaemonID: f.DaemonID, Origin: f.Origin, Sequence: f.Sequence, Status: f.Status}
}

func (h *Handle) look(now time.Time) view.Daemon {
	shown := h.actor.Look(now)
	look := view.Daemon{
		ID:                   h.id,
		Name:                 h.name,
		Lifecycle:            shown.Lifecycle,
		Health:               shown.Vitals.Health.String(),
		Saturation:           shown.Vitals.Saturation,
		EventsIn:             shown.Stats.EventsIn,
		Outputs:              shown.Stats.Outputs,
		Failures:             shown.Stats.Failed,
		Restarts:             shown.Stats.Restarts,
		Discarded:            shown.Stats.Discarded,
		DroppedControlEvents: h.route.Dropped(),
		InboxDepth:           shown.Inbox,
		Capabilities:         h.Capabilities(),
		BusyMS:               shown.Running.Milliseconds(),
		Overdue:              shown.Overdue,
		ProcessLatencyNS:     view.Latency{P50: int64(shown.Latency.P50), P99: int64(shown.Latency.P99), Max: int64(shown.Latency.Max)},
	}
	if shown.Stats.Failed > 0 {
		last := lookAtFailure(shown.Stats.LastFailure)
		look.LastFailure = &last
	}
	return look
}

// counted returns the daemons registered now, and what the others have counted
// by then.
func (s *SDK) counted() ([]*Handle, view.Totals) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.daemons)), s.gone
}

// totals adds what the daemons registered now have counted to t.
func (s *SDK) totals(t view.Totals, daemons []view.Daemon) view.Totals {
	t.Daemons = len(daemons)
	for i := range daemons {
		t.EventsIn += daemons[i].EventsIn
		t.Outputs += daemons[i].Outputs
		t.Failures += daemons[i].Failures
		t.Discarded += daemons[i].Discarded
	}
	t.DroppedControlEvents = s.DroppedControlEvents()
	t.LogRecords = s.ring.Last()
	return t
}

// remember adds what a daemon that goes has counted to the totals; s.mu is
// held.
func (s *SDK) remember(h *Handle) {
	stats := h.actor.Look(time.Time{}).Stats
	s.gone.EventsIn += stats.EventsIn
	s.gone.Outputs += stats.Outputs
	s.gone.Failures += stats.Failed
	s.gone.Discarded += stats.Discarded
}
