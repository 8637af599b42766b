package meshos_test

import (
	"bytes"
	"encoding/json"
	"testing"

	meshos "netmeshos/runtime"
)

// runtimeView is RuntimeJSON decoded, with every documented key.
type runtimeView struct {
	Schema      int            `json:"schema"`
	NodeID      uint64         `json:"node_id"`
	NodeIDHex   shownElsewhere `json:"node_id_hex"`
	UptimeMS    int64          `json:"uptime_ms"`
	Ticks       uint64         `json:"ticks"`
	Maintenance struct {
		State               string  `json:"state"`
		SinceMS             *int64  `json:"since_ms"`
		DeadlineRemainingMS *int64  `json:"deadline_remaining_ms"`
		Reason              *string `json:"reason"`
	} `json:"maintenance"`
	Backpressure struct {
		On    bool    `json:"on"`
		Level float32 `json:"level"`
	} `json:"backpressure"`
	Queues struct {
		EventsWaiting uint64 `json:"events_waiting"`
		LogsWaiting   int    `json:"logs_waiting"`
		BusyDaemons   int    `json:"busy_daemons"`
		InboxCapacity uint64 `json:"inbox_capacity"`
	} `json:"queues"`
	Totals struct {
		Daemons              int    `json:"daemons"`
		EventsIn             uint64 `json:"events_in"`
		Outputs              uint64 `json:"outputs"`
		Failures             uint64 `json:"failures"`
		Discarded            uint64 `json:"discarded"`
		DroppedControlEvents uint64 `json:"dropped_control_events"`
		LogRecords           uint64 `json:"log_records"`
	} `json:"totals"`
	Rates          shownElsewhere `json:"rates"`
	Config         shownElsewhere `json:"config"`
	RecentFailures []failure      `json:"recent_failures"`
	Daemons        []daemonView   `json:"daemons"`
}

type failure struct {
	UnixMS    int64          `json:"unix_ms"`
	DaemonID  uint64         `json:"daemon_id"`
	Origin    uint64         `json:"origin_hash"`
	Sequence  uint64         `json:"sequence"`
	Status    int32          `json:"status"`
	Error     string         `json:"error"`
	IDHex     shownElsewhere `json:"daemon_id_hex"`
	OriginHex shownElsewhere `json:"origin_hash_hex"`
}

type daemonView struct {
	ID                   uint64         `json:"id"`
	IDHex                shownElsewhere `json:"id_hex"`
	Name                 string         `json:"name"`
	Lifecycle            string         `json:"lifecycle"`
	Health               string         `json:"health"`
	Saturation           float32        `json:"saturation"`
	EventsIn             uint64         `json:"events_in"`
	Outputs              uint64         `json:"outputs"`
	Failures             uint64         `json:"failures"`
	Restarts             uint64         `json:"restarts"`
	Discarded            uint64         `json:"discarded"`
	DroppedControlEvents uint64         `json:"dropped_control_events"`
	InboxDepth           int            `json:"inbox_depth"`
	LastFailure          *failure       `json:"last_failure"`
	Capabilities         []string       `json:"capabilities"`
	BusyMS               int64          `json:"busy_ms"`
	Overdue              bool           `json:"overdue"`
	ProcessLatencyNS     struct {
		P50                   int64 `json:"p50"`
		P99                   int64 `json:"p99"`
		Max                   int64 `json:"max"`
		Sum, Count, Histogram shownElsewhere
	} `json:"process_latency_ns"`
	Rates              shownElsewhere `json:"rates"`
	BackoffRemainingMS shownElsewhere `json:"backoff_remaining_ms"`
	Subscribers        shownElsewhere `json:"subscribers"`
}

// shownElsewhere is a key that a test of its own checks.
type shownElsewhere struct{}

func (*shownElsewhere) UnmarshalJSON([]byte) error { return nil }

// decode decodes JSON, all of whose keys must be in v.
func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

func viewRuntime(t *testing.T, sdk *meshos.SDK) runtimeView {
	t.Helper()
	var v runtimeView
	decode(t, sdk.RuntimeJSON(), &v)
	return v
}

// viewDaemon returns what RuntimeJSON shows of a daemon.
func viewDaemon(t *testing.T, sdk *meshos.SDK, h *meshos.Handle) daemonView {
	t.Helper()
	for _, d := range viewRuntime(t, sdk).Daemons {
		if d.ID == h.ID() {
			return d
		}
	}
	t.Fatalf("daemon %#x isn't shown", h.ID())
	return daemonView{}
}
