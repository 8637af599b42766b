package node

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
	"netmeshos/internal/latency"
	"netmeshos/internal/life"
	"netmeshos/internal/view"
)

// RuntimeJSON returns the state of the node and its daemons, sorted by id, as JSON.
// docs/runtime-json.md documents every key. It works after Shutdown too.
func (n *Node) RuntimeJSON() []byte {
	return n.look().JSON()
}

// Metrics returns the same as RuntimeJSON as OpenMetrics text.
func (n *Node) Metrics() []byte { return n.look().Metrics() }

// LiveMetrics is Metrics of a node that has not been shut down. Error: already_shutdown.
func (n *Node) LiveMetrics() ([]byte, *fault.Error) {
	if n.IsDown() {
		return nil, errDown
	}
	return n.Metrics(), nil
}

func (n *Node) look() view.Runtime {
	now := time.Now()
	look := view.Runtime{
		Schema:    view.Schema,
		NodeID:    n.config.ThisNode,
		NodeIDHex: view.Hex(n.config.ThisNode),
		Config:    view.Config(n.config.JSON()).WithHexOf(n.config.ThisNode),
		UptimeMS:  now.Sub(n.started).Milliseconds(),
		Ticks:     n.Ticks(),
		Queues: view.Queues{
			EventsWaiting: n.env.Gauge.Waiting() + uint64(max(n.env.Pending.Load(), 0)),
			LogsWaiting:   n.queue.Len(),
			BusyDaemons:   n.env.Activity.Busy(),
			InboxCapacity: n.config.InboxCapacity,
		},
	}
	n.state.Lock()
	look.Maintenance = view.MaintenanceOf(n.maintenance.State(), now)
	look.Backpressure.On, look.Backpressure.Level = n.backpressure.State()
	n.state.Unlock()
	for _, f := range n.failures.recent() {
		look.RecentFailures = append(look.RecentFailures, viewOfFailure(f))
	}
	daemons, gone := n.counted()
	slices.SortFunc(daemons, func(a, b *Daemon) int { return cmp.Compare(a.ID(), b.ID()) })
	look.Daemons = make([]view.Daemon, len(daemons))
	at := clock.Now()
	for i, d := range daemons {
		look.Daemons[i] = d.view(at)
		look.Rates.Add(look.Daemons[i].Rates)
	}
	look.Totals = n.totals(gone, look.Daemons)
	if n.mesh != nil {
		mesh := view.Config(n.mesh.JSON())
		look.Mesh = &mesh
	}
	return look
}

// LiveRuntimeJSON is RuntimeJSON of a node that has not been shut down. Error:
// already_shutdown.
func (n *Node) LiveRuntimeJSON() ([]byte, *fault.Error) {
	if n.IsDown() {
		return nil, errDown
	}
	return n.RuntimeJSON(), nil
}

// DaemonJSON is one daemon as RuntimeJSON shows it. Errors: not_found, already_shutdown.
func (n *Node) DaemonJSON(id uint64) ([]byte, *fault.Error) {
	d, err := n.find(id)
	if err != nil {
		return nil, err
	}
	return d.view(clock.Now()).JSON(), nil
}

func viewOfFailure(f life.Failed) view.Failure {
	return view.Failure{
		UnixMS: f.Time.UnixMilli(), DaemonID: f.ID, IDHex: view.Hex(f.ID), Origin: f.Origin, OriginHex: view.Hex(f.Origin), Sequence: f.Sequence, Status: f.Status, Error: f.Error,
	}
}

func viewOfLatency(l latency.Summary, d latency.Distribution) view.Latency {
	v := view.Latency{P50: int64(l.P50), P99: int64(l.P99), Max: int64(l.Max), Sum: int64(d.Sum), Count: d.Count}
	for _, o := range d.Octaves {
		b := view.Bucket{Count: o.Count}
		if o.AtMost > 0 {
			ns := int64(o.AtMost)
			b.AtMost = &ns
		}
		v.Histogram = append(v.Histogram, b)
	}
	return v
}

func (d *Daemon) view(now time.Duration) view.Daemon {
	v := d.actor.View(now)
	look := view.Daemon{
		ID:                   d.ID(),
		IDHex:                view.Hex(d.ID()),
		Name:                 d.Name(),
		Lifecycle:            v.Lifecycle,
		Health:               v.Vitals.Health.String(),
		Saturation:           v.Vitals.Saturation,
		EventsIn:             v.Stats.EventsIn,
		Outputs:              v.Stats.Outputs,
		Failures:             v.Stats.Failed,
		Restarts:             v.Stats.Restarts,
		Discarded:            v.Stats.Discarded,
		DroppedControlEvents: d.DroppedControlEvents(),
		InboxDepth:           v.Waiting,
		Capabilities:         d.Capabilities(),
		BusyMS:               v.Running.Milliseconds(),
		Overdue:              v.Overdue,
		ProcessLatencyNS:     viewOfLatency(v.Latency, v.Took),
		Rates:                view.Rates{Last1S: v.Rates[0], Last10S: v.Rates[1], Last60S: v.Rates[2]},
		BackoffRemainingMS:   v.Backoff.Milliseconds(),
	}
	if d.node.mesh != nil {
		d.viewMesh(&look, &v.To)
	}
	for _, id := range v.To {
		look.Subscribers = append(look.Subscribers, view.Subscriber{ID: id, IDHex: view.Hex(id)})
	}
	if last := v.Stats.LastFailure; last != nil {
		failure := viewOfFailure(*last)
		look.LastFailure = &failure
	}
	return look
}

// counted returns the registered daemons, and the totals of those that no longer are, as
// of the same moment.
func (n *Node) counted() ([]*Daemon, view.Totals) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Collect(maps.Values(n.daemons)), n.gone
}

// totals adds the statistics of the registered daemons to t.
func (n *Node) totals(t view.Totals, daemons []view.Daemon) view.Totals {
	t.Daemons = len(daemons)
	for i := range daemons {
		t.EventsIn += daemons[i].EventsIn
		t.Outputs += daemons[i].Outputs
		t.Failures += daemons[i].Failures
		t.Discarded += daemons[i].Discarded
	}
	t.Discarded += n.env.LateDiscards.Load()
	t.DroppedControlEvents = n.DroppedControlEvents()
	t.LogRecords = n.ring.Last()
	return t
}

// SetPeers replaces what is known about other nodes. Daemons see it in their metadata.
func (n *Node) SetPeers(peers []view.Peer) {
	sorted := make([]view.Peer, len(peers))
	for i, p := range peers {
		sorted[i] = p.Clone()
	}
	slices.SortFunc(sorted, func(a, b view.Peer) int { return cmp.Compare(a.NodeID, b.NodeID) })
	n.state.Lock()
	defer n.state.Unlock()
	seen := *n.seen.Load()
	seen.Peers = sorted
	n.seen.Store(&seen)
}

// failuresKept is how many failures a node remembers.
const failuresKept = 256

// failures is the ring of a node's recent failures. The zero value is empty.
type failures struct {
	mu    sync.Mutex // guards what follows
	ring  []life.Failed
	total uint64
}

func (f *failures) add(one life.Failed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ring) < failuresKept {
		f.ring = append(f.ring, one)
	} else {
		f.ring[f.total%failuresKept] = one
	}
	f.total++
}

// recent returns the kept failures, oldest first.
func (f *failures) recent() []life.Failed {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := 0
	if len(f.ring) == failuresKept {
		at = int(f.total % failuresKept)
	}
	return slices.Concat(f.ring[at:], f.ring[:at])
}
