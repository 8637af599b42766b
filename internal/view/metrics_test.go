package view

import (
	"slices"
	"strings"
	"testing"
)

// What operators are woken for is in the metrics, not only in runtime_json.
func TestMetricsShowWhatTheRuntimeDoes(t *testing.T) {
	r := full()
	r.Maintenance.SinceMS = ptr(int64(1500))
	lines := strings.Split(string(r.Metrics()), "\n")
	daemon := label("daemon", r.Daemons[0].IDHex.String()) + "," + label("name", r.Daemons[0].Name)
	for _, want := range []string{
		"net_meshos_dropped_control_events 6",
		"net_meshos_maintenance_seconds 1.5",
		"net_meshos_maintenance_deadline_remaining_seconds 0",
		"net_meshos_daemon_overdue{" + daemon + "} 1",
		"net_meshos_daemon_subscription{" + daemon + `,subscriber="0x000000000000000a"} 1`,
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %s", want)
		}
	}
	for _, line := range strings.Split(string(Runtime{Daemons: []Daemon{{}}}.Metrics()), "\n") {
		if strings.HasPrefix(line, "net_meshos_maintenance_seconds") || strings.HasPrefix(line, "net_meshos_daemon_subscription") {
			t.Errorf("of an active node without subscriptions: %s", line)
		}
		if strings.HasPrefix(line, "net_meshos_daemon_overdue") && !strings.HasSuffix(line, " 0") {
			t.Errorf("of a daemon that isn't overdue: %s", line)
		}
	}
}
