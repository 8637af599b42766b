package meshos

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// The JSON of RuntimeJSON and LogsJSON is documented key by key in
// docs/runtime-json.md.

type runtimeLook struct {
	NodeID        uint64           `json:"node_id"`
	UptimeMS      int64            `json:"uptime_ms"`
	Ticks         uint64           `json:"ticks"`
	Maintenance   maintenanceLook  `json:"maintenance"`
	Backpressure  backpressureLook `json:"backpressure"`
	Queues        queuesLook       `json:"queues"`
	Totals        totalsLook       `json:"totals"`
	RecentFailure []failureLook    `json:"recent_failures"`
	Daemons       []daemonLook     `json:"daemons"`
}

type maintenanceLook struct {
	State               string  `json:"state"`
	SinceMS             *int64  `json:"since_ms"`
	DeadlineRemainingMS *int64  `json:"deadline_remaining_ms"`
	Reason              *string `json:"reason"`
}

type backpressureLook struct {
	On    bool    `json:"on"`
	Level float32 `json:"level"`
}

type queuesLook struct {
	EventsWaiting uint64 `json:"events_waiting"`
	LogsWaiting   int    `json:"logs_waiting"`
	BusyDaemons   int    `json:"busy_daemons"`
	InboxCapacity uint64 `json:"inbox_capacity"`
}

type totalsLook struct {
	Daemons              int    `json:"daemons"`
	EventsIn             uint64 `json:"events_in"`
	Outputs              uint64 `json:"outputs"`
	Failures             uint64 `json:"failures"`
	Discarded            uint64 `json:"discarded"`
	DroppedControlEvents uint64 `json:"dropped_control_events"`
	LogRecords           uint64 `json:"log_records"`
}

type failureLook struct {
	UnixMS   int64  `json:"unix_ms"`
	DaemonID uint64 `json:"daemon_id"`
	Origin   uint64 `json:"origin_hash"`
	Sequence uint64 `json:"sequence"`
	Status   int32  `json:"status"`
}

type daemonLook struct {
	ID                   uint64       `json:"id"`
	Name                 string       `json:"name"`
	Lifecycle            string       `json:"lifecycle"`
	Health               string       `json:"health"`
	Saturation           float32      `json:"saturation"`
	EventsIn             uint64       `json:"events_in"`
	Outputs              uint64       `json:"outputs"`
	Failures             uint64       `json:"failures"`
	Restarts             uint64       `json:"restarts"`
	Discarded            uint64       `json:"discarded"`
	DroppedControlEvents uint64       `json:"dropped_control_events"`
	InboxDepth           int          `json:"inbox_depth"`
	LastFailure          *failureLook `json:"last_failure"`
	Capabilities         []string     `json:"capabilities"`
	BusyMS               int64        `json:"busy_ms"`
	Overdue              bool         `json:"overdue"`
	LatencyNS            latencyLook  `json:"process_latency_ns"`
}

type latencyLook struct {
	P50 int64 `json:"p50"`
	P99 int64 `json:"p99"`
	Max int64 `json:"max"`
}

// RuntimeJSON shows all there is to see of the SDK, with the daemons sorted by
// id. It works after Shutdown too.
func (s *SDK) RuntimeJSON() []byte {
	now := time.Now()
	look := runtimeLook{
		NodeID:   s.config.ThisNode,
		UptimeMS: now.Sub(s.started).Milliseconds(),
		Ticks:    s.Ticks(),
		Queues: queuesLook{
			EventsWaiting: s.env.Load.Waiting(),
			LogsWaiting:   s.queue.Len(),
			BusyDaemons:   s.env.Load.Busy(),
			InboxCapacity: s.config.InboxCapacity,
		},
		RecentFailure: []failureLook{},
	}
	s.state.Lock()
	look.Maintenance = lookAtMaintenance(s.maintenance, now)
	look.Backpressure.On, look.Backpressure.Level = s.backpressure.On()
	s.state.Unlock()
	for _, f := range s.env.Failures.Recent() {
		look.RecentFailure = append(look.RecentFailure, lookAtFailure(f))
	}
	daemons, gone := s.counted()
	slices.SortFunc(daemons, func(a, b *Handle) int { return cmp.Compare(a.id, b.id) })
	look.Daemons = make([]daemonLook, len(daemons))
	for i, h := range daemons {
		look.Daemons[i] = h.look(now)
	}
	look.Totals = s.totals(gone, look.Daemons)
	return encode(look)
}

// encode writes JSON that is meant to be read, so "<" stays "<".
func encode(v any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // the types above have no value that can't be written
	}
	return bytes.TrimSuffix(text.Bytes(), []byte{'\n'})
}
