package meshos

import (
	"time"

	"netmeshos/runtime/host"
	"netmeshos/runtime/logs"
	"netmeshos/runtime/supervisor"
	"netmeshos/runtime/view"
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

func lookAtFailure(f host.Failure) failureLook {
	return failureLook{f.Time.UnixMilli(), f.DaemonID, f.Origin, f.Sequence, f.Status}
}

func (h *Handle) look(now time.Time) daemonLook {
	host := h.host.Look(now)
	look := daemonLook{
		ID:                   h.id,
		Name:                 h.name,
		Lifecycle:            host.Lifecycle,
		Health:               host.Vitals.Health.String(),
		Saturation:           host.Vitals.Saturation,
		EventsIn:             host.Stats.EventsIn,
		Outputs:              host.Stats.Outputs,
		Failures:             host.Stats.Failed,
		Restarts:             host.Stats.Restarts,
		Discarded:            host.Stats.Discarded,
		DroppedControlEvents: h.route.Dropped(),
		InboxDepth:           host.Inbox,
		Capabilities:         h.Capabilities(),
		BusyMS:               host.Running.Milliseconds(),
		Overdue:              host.Overdue,
		LatencyNS:            latencyLook{int64(host.Latency.P50), int64(host.Latency.P99), int64(host.Latency.Max)},
	}
	if look.Capabilities == nil {
		look.Capabilities = []string{}
	}
	if host.Stats.Failed > 0 {
		last := lookAtFailure(host.Stats.LastFailure)
		look.LastFailure = &last
	}
	return look
}

// totals counts over the daemons registered now, and those that have gone.
func (s *SDK) totals(daemons []daemonLook) totalsLook {
	s.mu.RLock()
	t := s.gone
	s.mu.RUnlock()
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
	stats := h.host.Look(time.Time{}).Stats
	s.gone.EventsIn += stats.EventsIn
	s.gone.Outputs += stats.Outputs
	s.gone.Failures += stats.Failed
	s.gone.Discarded += stats.Discarded
}

type logLook struct {
	Seq      uint64 `json:"seq"`
	UnixMS   int64  `json:"unix_ms"`
	Level    string `json:"level"`
	DaemonID uint64 `json:"daemon_id"`
	NodeID   uint64 `json:"node_id"`
	Message  string `json:"message"`
}

// LogsJSON is Logs as a JSON array.
func (s *SDK) LogsJSON(after uint64, limit int) []byte {
	records := s.Logs(after, limit)
	look := make([]logLook, len(records))
	for i, r := range records {
		look[i] = logLook{r.Seq, r.Time.UnixMilli(), r.Level.String(), r.DaemonID, r.NodeID, r.Message}
	}
	return encode(look)
}

// OnLog has f called with the log records of at least a level that are written
// from now on, one at a time, in order; nil is none. When it returns, the
// function before is not running and won't be called again. Errors:
// invalid_log_level, already_shutdown.
func (s *SDK) OnLog(least Level, f func(LogRecord)) error { return s.OnLogInside(least, f, false) }

// OnLogInside is OnLog; from inside a callback it doesn't wait for the function
// before.
func (s *SDK) OnLogInside(least Level, f func(LogRecord), inside bool) error {
	if !least.Valid() {
		return errLevel(least)
	}
	if s.IsDown() {
		return errSDKShutDown
	}
	if done := s.followers.Set(least, logs.Follower(f)); done != nil && !inside {
		<-done
	}
	return nil
}
