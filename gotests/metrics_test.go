package gotests

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	meshos "netmeshos/runtime"
)

type echo struct{}

func (echo) Process(e meshos.InboundEvent, emit func([]byte)) error {
	emit(e.Payload)
	if string(e.Payload) == "fail" {
		return errors.New("told to fail")
	}
	return nil
}

// Prometheus' own parser understands the metrics, whatever the daemons are called.
func TestPrometheusReadsTheMetrics(t *testing.T) {
	sdk, err := meshos.Start(meshos.Config{ThisNode: 0xab})
	if err != nil {
		t.Fatal(err)
	}
	defer sdk.Shutdown()
	names := []string{"plain", `quote " backslash \ brace } comma ,`, "line\nbreak", "", "é€😀"}
	var ids []uint64
	for i, name := range names {
		h, err := sdk.Register(name, [meshos.SeedSize]byte{byte(i + 1)}, echo{})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		ids = append(ids, h.ID())
		for _, payload := range []string{"x", "fail"} {
			_ = sdk.Deliver(h.ID(), meshos.InboundEvent{Payload: []byte(payload)}, nil)
		}
	}
	if err := sdk.Subscribe(ids[0], ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := sdk.EnterMaintenance(0); err != nil {
		t.Fatal(err)
	}
	text := sdk.Metrics()
	parser := textparse.NewOpenMetricsParser(text, labels.NewSymbolTable())
	failures := map[string]float64{}
	buckets, families := 0, 0
	seen := map[string]int{}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch entry {
		case textparse.EntryType:
			families++
		case textparse.EntrySeries:
			_, _, value := parser.Series()
			var l labels.Labels
			parser.Labels(&l)
			seen[l.Get("__name__")]++
			switch name := l.Get("__name__"); {
			case name == "net_meshos_daemon_failures_total":
				failures[l.Get("name")] = value
			case strings.HasSuffix(name, "_bucket"):
				buckets++
			}
		}
	}
	for _, name := range names {
		if failures[name] != 1 {
			t.Errorf("%q has %v failures", name, failures[name])
		}
	}
	if seen["net_meshos_daemon_overdue"] != len(names) || seen["net_meshos_daemon_subscription"] != 1 || seen["net_meshos_maintenance_seconds"] != 1 {
		t.Errorf("there are %v", seen)
	}
	if len(failures) != len(names) || buckets == 0 || families < 20 {
		t.Errorf("failures %v, %d buckets, %d families", failures, buckets, families)
	}
}
