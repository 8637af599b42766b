package meshos

import (
	"maps"
	"slices"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/supervisor"
	"netmeshos/internal/view"
)

func lookAtMaintenance(m *supervisor.Maintenance, now time.Time) maintenanceLook {
	state := m.State()
	look := maintenanceLook{State: state.Phase.String()}
	if state.Phase != view.Active {
		since := now.Sub(state.Since).Milliseconds()
		look.SinceMS = &since
	}
	if state.Phase == view.EnteringMaintenance {
		left := max(0, state.Deadline.Sub(now)).Milliseconds()
		look.DeadlineRemainingMS = &left
	}
	if state.Phase == view.DrainFailed {
		look.Reason = &state.Reason
	}
	return look
}

func lookAtFailure(f actor.Failure) failureLook {
	return failureLook{f.Time.UnixMilli(), f.DaemonID, f.Origin, f.Sequence, f.Status}
}

func (h *Handle) look(now time.Time) daemonLook {
	shown := h.actor.Look(now)
	look := daemonLook{
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
		LatencyNS:            latencyLook{int64(shown.Latency.P50), int64(shown.Latency.P99), int64(shown.Latency.Max)},
	}
	if look.Capabilities == nil {
		look.Capabilities = []string{}
	}
	if shown.Stats.Failed > 0 {
		last := lookAtFailure(shown.Stats.LastFailure)
		look.LastFailure = &last
	}
	return look
}

// counted returns the daemons registered now, and what the others have counted
// by then.
func (s *SDK) counted() ([]*Handle, totalsLook) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.daemons)), s.gone
}

// totals adds what the daemons registered now have counted to t.
func (s *SDK) totals(t totalsLook, daemons []daemonLook) totalsLook {
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
