package view

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"netmeshos/internal/phase"
)

// Runtime is the state of a node as net_meshos_ext_runtime_json shows it, in the order of
// its keys. docs/runtime-json.md documents each key with its unit. Shares are numbers from
// 0 to 1. Strings may hold any bytes: those that aren't UTF-8 are shown as U+FFFD.
type Runtime struct {
	Schema         int             `json:"schema"`          // see Schema
	NodeID         uint64          `json:"node_id"`         // this_node of the configuration
	NodeIDHex      Hex             `json:"node_id_hex"`     // the same
	UptimeMS       int64           `json:"uptime_ms"`       // since the node was started
	Ticks          uint64          `json:"ticks"`           // of the supervisor
	Maintenance    MaintenanceView `json:"maintenance"`     // where the node stands
	Backpressure   Backpressure    `json:"backpressure"`    // the control event sent last
	Queues         Queues          `json:"queues"`          // what waits
	Totals         Totals          `json:"totals"`          // over all daemons, past ones included
	Rates          Rates           `json:"rates"`           // of the daemons that are registered now
	Config         Config          `json:"config"`          // the configuration in force
	RecentFailures []Failure       `json:"recent_failures"` // oldest first
	Daemons        []Daemon        `json:"daemons"`         // registered now, by ascending id
	Mesh           *Config         `json:"mesh,omitempty"`  // the mesh, as it says itself; nil: the node is in none
}

// Schema is the version of what Runtime shows. It grows when a key is removed or changes its
// meaning, not when one is added.
const Schema = 1

// Hex is an id as people read it: 0x and 16 digits.
type Hex uint64

func (h Hex) String() string { return fmt.Sprintf("0x%016x", uint64(h)) }

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(text []byte) error {
	digits, found := strings.CutPrefix(string(text), "0x")
	n, err := strconv.ParseUint(digits, 16, 64)
	if !found || err != nil {
		return fmt.Errorf("%q is not 0x and hex digits", text)
	}
	*h = Hex(n)
	return nil
}

// Config is a configuration as a JSON object; nil is an empty one.
type Config []byte

// WithHexOf returns the configuration of that node with the key this_node_hex beside
// this_node, which comes first.
func (c Config) WithHexOf(node uint64) Config {
	first, rest, _ := bytes.Cut(c, []byte(","))
	return fmt.Appendf(nil, `%s,"this_node_hex":"%v",%s`, first, Hex(node), rest)
}

// MarshalJSON implements json.Marshaler.
func (c Config) MarshalJSON() ([]byte, error) {
	if c == nil {
		return []byte("{}"), nil
	}
	return c, nil
}

// Rates are events that were processed, per second.
type Rates struct {
	Last1S  float64 `json:"last_1s"`
	Last10S float64 `json:"last_10s"`
	Last60S float64 `json:"last_60s"`
}

// Add adds the rates of a daemon.
func (r *Rates) Add(one Rates) {
	r.Last1S += one.Last1S
	r.Last10S += one.Last10S
	r.Last60S += one.Last60S
}

// Subscriber is a daemon that gets the outputs of another one.
type Subscriber struct {
	ID    uint64 `json:"id"`
	IDHex Hex    `json:"id_hex"`
}

// MaintenanceView is the node's maintenance at one moment.
type MaintenanceView struct {
	State               string  `json:"state"`                 // the name of the phase
	SinceMS             *int64  `json:"since_ms"`              // how long it has lasted; nil while Active
	DeadlineRemainingMS *int64  `json:"deadline_remaining_ms"` // EnteringMaintenance only; 0 when it is over
	Reason              *string `json:"reason"`                // DrainFailed only: what had not drained
}

// MaintenanceOf returns a state as of now.
func MaintenanceOf(s phase.State, now time.Time) MaintenanceView {
	v := MaintenanceView{State: s.Phase.String()}
	if s.Phase != phase.Active {
		v.SinceMS = milliseconds(now.Sub(s.Since))
	}
	switch s.Phase {
	case phase.EnteringMaintenance:
		v.DeadlineRemainingMS = milliseconds(s.Deadline.Sub(now))
	case phase.DrainFailed:
		v.Reason = &s.Reason
	}
	return v
}

// Backpressure is the backpressure that was sent to the daemons last.
type Backpressure struct {
	On    bool    `json:"on"`    // whether it is on
	Level float32 `json:"level"` // share of inbox_capacity; 0 while it is off
}

// Queues is what waits in the node.
type Queues struct {
	EventsWaiting uint64 `json:"events_waiting"` // in all inboxes, those being processed included, and outputs that wait for room in one
	LogsWaiting   int    `json:"logs_waiting"`   // lines that are not in the log yet
	BusyDaemons   int    `json:"busy_daemons"`   // that have something to do
	InboxCapacity uint64 `json:"inbox_capacity"` // events, of one daemon
}

// Totals are sums over all daemons, including those that are no longer registered.
type Totals struct {
	Daemons              int    `json:"daemons"`                // registered now
	EventsIn             uint64 `json:"events_in"`              // events processed, including failed ones
	Outputs              uint64 `json:"outputs"`                // of events that did not fail
	Failures             uint64 `json:"failures"`               // events that could not be processed
	Discarded            uint64 `json:"discarded"`              // events discarded because their daemon was stopped
	DroppedControlEvents uint64 `json:"dropped_control_events"` // of the daemons registered now
	LogRecords           uint64 `json:"log_records"`            // ever written
}

// Failure is an event that could not be processed.
type Failure struct {
	UnixMS    int64  `json:"unix_ms"`         // when it was processed, milliseconds since 1970
	DaemonID  uint64 `json:"daemon_id"`       // whose failure it is
	IDHex     Hex    `json:"daemon_id_hex"`   // the same
	Origin    uint64 `json:"origin_hash"`     // of the event
	OriginHex Hex    `json:"origin_hash_hex"` // the same
	Sequence  uint64 `json:"sequence"`        // of the event
	Status    int32  `json:"status"`          // what process returned
	Error     string `json:"error,omitempty"` // what a Go daemon returned, or panicked with; empty for one of C
}

// Daemon is one registered daemon.
type Daemon struct {
	ID                   uint64       `json:"id"`                     // origin hash of its key
	IDHex                Hex          `json:"id_hex"`                 // the same
	Name                 string       `json:"name"`                   // that it was registered with
	Lifecycle            string       `json:"lifecycle"`              // running, standby, backing_off, crash_looping, stopping or stopped
	Health               string       `json:"health"`                 // at the last tick
	Saturation           float32      `json:"saturation"`             // share, at the last tick
	EventsIn             uint64       `json:"events_in"`              // processed, failed ones included
	Outputs              uint64       `json:"outputs"`                // of events that did not fail
	Failures             uint64       `json:"failures"`               // events that could not be processed
	Restarts             uint64       `json:"restarts"`               // how often it was held back to be restarted
	Discarded            uint64       `json:"discarded"`              // events dropped because it was stopped
	DroppedControlEvents uint64       `json:"dropped_control_events"` // that did not fit into its mailbox
	InboxDepth           int          `json:"inbox_depth"`            // events that wait, those being processed included
	LastFailure          *Failure     `json:"last_failure"`           // nil if there was none
	Capabilities         []string     `json:"capabilities"`           // published last, in their order
	BusyMS               int64        `json:"busy_ms"`                // how long the callback that runs has run
	Overdue              bool         `json:"overdue"`                // whether it has run longer than watchdog_ms
	ProcessLatencyNS     Latency      `json:"process_latency_ns"`     // of each event since the registration
	Rates                Rates        `json:"rates"`
	BackoffRemainingMS   int64        `json:"backoff_remaining_ms"` // until it is restarted; 0: it isn't held
	Subscribers          []Subscriber `json:"subscribers"`          // who gets its outputs, by ascending id
	Mesh                 *DaemonMesh  `json:"mesh,omitempty"`       // nil: the node is in none
}

// DaemonMesh is what only a mesh knows about a daemon.
type DaemonMesh struct {
	NodeID      uint64   `json:"node_id"`      // which node runs it; 0: none
	NodeIDHex   Hex      `json:"node_id_hex"`  // the same
	Standbys    []uint64 `json:"standbys"`     // nodes that would take over, in their order
	StandbysHex []Hex    `json:"standbys_hex"` // the same
	Committed   uint64   `json:"committed"`    // sequence of the last commit; 0: none
	Dead        uint64   `json:"dead_letters"` // events that were put aside since this node has run it

	// Messages on its subjects that this node has passed over: they are not the mesh's.
	Foreign uint64 `json:"foreign_messages"`

	// The subscriber that is too far behind, so that the daemon processes nothing; 0: none.
	WaitsFor    uint64 `json:"waits_for"`
	WaitsForHex Hex    `json:"waits_for_hex"` // the same
}

// Latency says how long calls took, in nanoseconds.
type Latency struct {
	P50       int64    `json:"p50"`       // half of the calls took at most this long
	P99       int64    `json:"p99"`       // 99 of 100 calls took at most this long
	Max       int64    `json:"max"`       // the slowest
	Sum       int64    `json:"sum"`       // of all
	Count     uint64   `json:"count"`     // of the calls
	Histogram []Bucket `json:"histogram"` // those with calls, shortest first
}

// Bucket counts calls that took at most so long, and more than half of that.
type Bucket struct {
	AtMost *int64 `json:"at_most"` // nil: longer than all others
	Count  uint64 `json:"count"`
}

// JSON returns the runtime on one line. A nil list is shown as an empty one.
func (r Runtime) JSON() []byte {
	r.RecentFailures = list(r.RecentFailures)
	r.Daemons = list(r.Daemons)
	for i := range r.Daemons {
		r.Daemons[i].fillLists()
	}
	return marshalReadable(&r)
}

// JSON is the daemon on one line, as in Runtime.
func (d Daemon) JSON() []byte {
	d.fillLists()
	return marshalReadable(&d)
}

func (d *Daemon) fillLists() {
	d.Capabilities = list(d.Capabilities)
	d.Subscribers = list(d.Subscribers)
	if d.Mesh != nil {
		mesh := *d.Mesh
		mesh.Standbys, mesh.StandbysHex = list(mesh.Standbys), make([]Hex, len(mesh.Standbys))
		for i, id := range mesh.Standbys {
			mesh.StandbysHex[i] = Hex(id)
		}
		d.Mesh = &mesh
	}
	d.ProcessLatencyNS.Histogram = list(d.ProcessLatencyNS.Histogram)
}
