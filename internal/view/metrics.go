package view

import (
	"fmt"
	"strings"

	json "github.com/goccy/go-json"
)

// metrics writes OpenMetrics text, version 1.0.
type metrics struct{ text []byte }

// family begins a family. Its samples must follow at once.
func (m *metrics) family(name, kind, unit, help string) {
	m.text = fmt.Appendf(m.text, "# TYPE net_meshos_%s %s\n", name, kind)
	if unit != "" {
		m.text = fmt.Appendf(m.text, "# UNIT net_meshos_%s %s\n", name, unit)
	}
	m.text = fmt.Appendf(m.text, "# HELP net_meshos_%s %s\n", name, help)
}

// sample writes one value; labels is empty, or name="value" pairs.
func (m *metrics) sample(name, labels string, value any) {
	if labels != "" {
		labels = "{" + labels + "}"
	}
	m.text = fmt.Appendf(m.text, "net_meshos_%s%s %v\n", name, labels, value)
}

// label is one name="value" pair.
func label(name, value string) string {
	return name + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(utf8Of(value)) + `"`
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// states writes a family that is 1 for the state that a daemon or node is in.
func (m *metrics) states(name, labels, now string, all ...string) {
	for _, state := range all {
		m.sample(name, strings.TrimPrefix(labels+","+label("net_meshos_"+name, state), ","), oneIf(state == now))
	}
}

// Metrics returns the runtime as OpenMetrics text. docs/runtime-json.md documents it.
func (r Runtime) Metrics() []byte {
	m := new(metrics)
	m.family("node", "info", "", "The node.")
	m.sample("node_info", label("node", r.NodeIDHex.String()), 1)
	r.nodeMetrics(m)
	r.daemonMetrics(m)
	return append(m.text, "# EOF\n"...)
}

// foreignOf reads that number in what the mesh says of itself.
func foreignOf(mesh *Config) uint64 {
	var counts struct {
		Foreign uint64 `json:"foreign_messages"`
	}
	_ = json.Unmarshal(*mesh, &counts) // without it nothing is counted
	return counts.Foreign
}

func (r Runtime) nodeMetrics(m *metrics) {
	for _, g := range []struct {
		name, unit, help string
		value            any
	}{
		{"uptime_seconds", "seconds", "How long ago the SDK was started.", float64(r.UptimeMS) / 1000},
		{"backpressure", "", "Whether backpressure is on.", oneIf(r.Backpressure.On)},
		{"backpressure_level", "", "The level that was sent last, 0 to 1.", r.Backpressure.Level},
		{"events_waiting", "", "Events that wait in all inboxes, and outputs that wait for room.", r.Queues.EventsWaiting},
		{"logs_waiting", "", "Log lines that are not in the log yet.", r.Queues.LogsWaiting},
		{"busy_daemons", "", "Daemons that have something to do.", r.Queues.BusyDaemons},
		{"inbox_capacity", "", "Events that may wait for one daemon.", r.Queues.InboxCapacity},
		{"daemons", "", "Daemons that are registered now.", r.Totals.Daemons},
		{"dropped_control_events", "", "Control events that did not fit into the channels of the daemons that are registered now.", r.Totals.DroppedControlEvents},
	} {
		m.family(g.name, "gauge", g.unit, g.help)
		m.sample(g.name, "", g.value)
	}
	m.family("maintenance", "stateset", "", "Where the node stands.")
	m.states("maintenance", "", r.Maintenance.State, "Active", "EnteringMaintenance", "Maintenance", "DrainFailed", "ExitingMaintenance", "Recovery")
	for _, g := range []struct {
		name, help string
		value      *int64
	}{
		{"maintenance_seconds", "How long that state has lasted; there is no value while the node is Active.", r.Maintenance.SinceMS},
		{"maintenance_deadline_remaining_seconds", "The time left to drain; only while the node is EnteringMaintenance.", r.Maintenance.DeadlineRemainingMS},
	} {
		m.family(g.name, "gauge", "seconds", g.help)
		if g.value != nil {
			m.sample(g.name, "", float64(*g.value)/1000)
		}
	}
	for _, c := range []struct {
		name, help string
		value      uint64
	}{
		{"ticks", "Ticks of the supervisor.", r.Ticks},
		{"events_in", "Events processed by all daemons, past ones included.", r.Totals.EventsIn},
		{"outputs", "Outputs of all daemons, past ones included.", r.Totals.Outputs},
		{"failures", "Failed events of all daemons, past ones included.", r.Totals.Failures},
		{"discarded", "Events that all daemons, past ones included, never processed.", r.Totals.Discarded},
		{"log_records", "Log records ever written.", r.Totals.LogRecords},
	} {
		m.family(c.name, "counter", "", c.help)
		m.sample(c.name+"_total", "", c.value)
	}
	if r.Mesh != nil {
		m.family("foreign_messages", "counter", "", "Messages on subjects of daemons that this node has passed over: they are not the mesh's.")
		m.sample("foreign_messages_total", "", foreignOf(r.Mesh))
	}
	m.family("rate", "gauge", "", "Events processed per second by the daemons that are registered now.")
	m.sample("rate", label("window", "1s"), r.Rates.Last1S)
	m.sample("rate", label("window", "10s"), r.Rates.Last10S)
	m.sample("rate", label("window", "60s"), r.Rates.Last60S)
}

func (r Runtime) daemonMetrics(m *metrics) {
	each := func(write func(d *Daemon, labels string)) {
		for i := range r.Daemons {
			d := &r.Daemons[i]
			write(d, label("daemon", d.IDHex.String())+","+label("name", d.Name))
		}
	}
	for _, c := range []struct {
		name, help string
		value      func(*Daemon) uint64
	}{
		{"daemon_events_in", "Events processed, failed ones included.", func(d *Daemon) uint64 { return d.EventsIn }},
		{"daemon_outputs", "Outputs of events that did not fail.", func(d *Daemon) uint64 { return d.Outputs }},
		{"daemon_failures", "Events that could not be processed.", func(d *Daemon) uint64 { return d.Failures }},
		{"daemon_restarts", "How often it was held and restarted.", func(d *Daemon) uint64 { return d.Restarts }},
		{"daemon_discarded", "Events discarded because it was stopped.", func(d *Daemon) uint64 { return d.Discarded }},
		{"daemon_dropped_control_events", "Control events that did not fit into its channel.", func(d *Daemon) uint64 { return d.DroppedControlEvents }},
	} {
		m.family(c.name, "counter", "", c.help)
		each(func(d *Daemon, labels string) { m.sample(c.name+"_total", labels, c.value(d)) })
	}
	if r.Mesh != nil {
		m.family("daemon_foreign_messages", "counter", "", "Messages on its subjects that this node has passed over: they are not the mesh's.")
		each(func(d *Daemon, labels string) {
			if d.Mesh != nil {
				m.sample("daemon_foreign_messages_total", labels, d.Mesh.Foreign)
			}
		})
	}
	for _, g := range []struct {
		name, unit, help string
		value            func(*Daemon) any
	}{
		{"daemon_inbox_depth", "", "Events that wait in its inbox.", func(d *Daemon) any { return d.InboxDepth }},
		{"daemon_saturation", "", "Reported at the last tick, 0 to 1.", func(d *Daemon) any { return d.Saturation }},
		{"daemon_busy_seconds", "seconds", "How long the callback that runs has run.", func(d *Daemon) any { return float64(d.BusyMS) / 1000 }},
		{"daemon_overdue", "", "Whether that callback has run longer than watchdog_ms.", func(d *Daemon) any { return oneIf(d.Overdue) }},
		{"daemon_backoff_remaining_seconds", "seconds", "Until it is restarted.", func(d *Daemon) any { return float64(d.BackoffRemainingMS) / 1000 }},
	} {
		m.family(g.name, "gauge", g.unit, g.help)
		each(func(d *Daemon, labels string) { m.sample(g.name, labels, g.value(d)) })
	}
	m.family("daemon_subscription", "gauge", "", "1 for each daemon that gets its outputs.")
	each(func(d *Daemon, labels string) {
		for _, to := range d.Subscribers {
			m.sample("daemon_subscription", labels+","+label("subscriber", to.IDHex.String()), 1)
		}
	})
	m.family("daemon_lifecycle", "stateset", "", "What it is doing.")
	each(func(d *Daemon, labels string) {
		states := []string{"running", "backing_off", "crash_looping", "stopping", "stopped"}
		if d.Mesh != nil {
			states = append(states, "standby")
		}
		m.states("daemon_lifecycle", labels, d.Lifecycle, states...)
	})
	m.family("daemon_health", "stateset", "", "Reported at the last tick.")
	each(func(d *Daemon, labels string) {
		m.states("daemon_health", labels, d.Health, "healthy", "degraded", "unhealthy")
	})
	m.family("daemon_process_seconds", "histogram", "seconds", "How long process took, by a sample of the events: daemon_events_in counts all.")
	each(func(d *Daemon, labels string) { m.histogram("daemon_process_seconds", labels, d.ProcessLatencyNS) })
}

// shortest and longest are the first and the last limit of the histogram of durations, as
// powers of two in nanoseconds. All daemons have the same limits.
const shortest, longest = 10, 34

func (m *metrics) histogram(name, labels string, l Latency) {
	var seen uint64
	next := 0
	for power := shortest; power <= longest; power += 2 {
		limit := int64(1)<<power - 1
		for ; next < len(l.Histogram) && l.Histogram[next].AtMost != nil && *l.Histogram[next].AtMost <= limit; next++ {
			seen += l.Histogram[next].Count
		}
		m.sample(name+"_bucket", labels+","+label("le", fmt.Sprint(float64(limit)/1e9)), seen)
	}
	m.sample(name+"_bucket", labels+","+label("le", "+Inf"), l.Count)
	m.sample(name+"_sum", labels, float64(l.Sum)/1e9)
	m.sample(name+"_count", labels, l.Count)
}
