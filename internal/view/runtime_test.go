package view

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"netmeshos/internal/phase"
)

// full returns a Runtime with a value in every field.
func full() Runtime {
	failure := Failure{UnixMS: math.MinInt64, DaemonID: math.MaxUint64, IDHex: math.MaxUint64, Origin: 1 << 63, OriginHex: 1 << 63, Sequence: 1<<53 + 1, Status: math.MinInt32}
	return Runtime{
		Schema: Schema, NodeID: math.MaxUint64, NodeIDHex: math.MaxUint64, UptimeMS: math.MaxInt64, Ticks: 3,
		Maintenance:    MaintenanceView{"DrainFailed", ptr(int64(math.MinInt64)), ptr(int64(0)), ptr("2 \"busy\" \u2028")},
		Backpressure:   Backpressure{true, 0.15},
		Queues:         Queues{1 << 63, math.MaxInt, 2, 65_536},
		Totals:         Totals{1, 2, 3, 4, 5, 6, math.MaxUint64},
		Rates:          Rates{1, 0.5, 0.25},
		Config:         Config(`{"this_node":7}`),
		RecentFailures: []Failure{failure},
		Daemons: []Daemon{{
			ID: math.MaxUint64, IDHex: math.MaxUint64, Name: "<&>\u2028\x7f\b\x01", Lifecycle: "running", Health: "healthy", Saturation: 0.1, EventsIn: 1, Outputs: 2,
			Failures: 3, Restarts: 4, Discarded: 5, DroppedControlEvents: 6, InboxDepth: -1, LastFailure: &failure,
			Capabilities: []string{"b", "a"}, BusyMS: 8, Overdue: true, ProcessLatencyNS: Latency{1, 2, math.MaxInt64, 3, 5, []Bucket{{ptr(int64(7)), 1}, {nil, 4}}},
			Rates: Rates{1, 0.5, 0.25}, BackoffRemainingMS: 9, Subscribers: []Subscriber{{10, 10}},
		}},
	}
}

func TestRuntimeJSON(t *testing.T) {
	want := `{"schema":1,"node_id":18446744073709551615,"node_id_hex":"0xffffffffffffffff","uptime_ms":9223372036854775807,"ticks":3,` +
		`"maintenance":{"state":"DrainFailed","since_ms":-9223372036854775808,"deadline_remaining_ms":0,"reason":"2 \"busy\" \u2028"},` +
		`"backpressure":{"on":true,"level":0.15},` +
		`"queues":{"events_waiting":9223372036854775808,"logs_waiting":9223372036854775807,"busy_daemons":2,"inbox_capacity":65536},` +
		`"totals":{"daemons":1,"events_in":2,"outputs":3,"failures":4,"discarded":5,"dropped_control_events":6,"log_records":18446744073709551615},"rates":{"last_1s":1,"last_10s":0.5,"last_60s":0.25},"config":{"this_node":7},` +
		`"recent_failures":[{"unix_ms":-9223372036854775808,"daemon_id":18446744073709551615,"daemon_id_hex":"0xffffffffffffffff","origin_hash":9223372036854775808,"origin_hash_hex":"0x8000000000000000","sequence":9007199254740993,"status":-2147483648}],` +
		`"daemons":[{"id":18446744073709551615,"id_hex":"0xffffffffffffffff","name":"<&>\u2028` + "\x7f" + `\b\u0001","lifecycle":"running","health":"healthy","saturation":0.1,"events_in":1,"outputs":2,` +
		`"failures":3,"restarts":4,"discarded":5,"dropped_control_events":6,"inbox_depth":-1,` +
		`"last_failure":{"unix_ms":-9223372036854775808,"daemon_id":18446744073709551615,"daemon_id_hex":"0xffffffffffffffff","origin_hash":9223372036854775808,"origin_hash_hex":"0x8000000000000000","sequence":9007199254740993,"status":-2147483648},` +
		`"capabilities":["b","a"],"busy_ms":8,"overdue":true,"process_latency_ns":{"p50":1,"p99":2,"max":9223372036854775807,"sum":3,"count":5,"histogram":[{"at_most":7,"count":1},{"at_most":null,"count":4}]},` +
		`"rates":{"last_1s":1,"last_10s":0.5,"last_60s":0.25},"backoff_remaining_ms":9,"subscribers":[{"id":10,"id_hex":"0x000000000000000a"}]}]}`
	if got := string(full().JSON()); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// A daemon alone looks as it does among all.
func TestDaemonJSON(t *testing.T) {
	for _, d := range []Daemon{full().Daemons[0], {ID: 7}} {
		whole := Runtime{Daemons: []Daemon{d}}.JSON()
		if one := d.JSON(); !bytes.HasSuffix(whole, append(append([]byte(`"daemons":[`), one...), "]}"...)) {
			t.Errorf("%s isn't the end of\n%s", one, whole)
		}
	}
}

// Every list is an array, and unknown values are null.
func TestRuntimeJSONOfNothing(t *testing.T) {
	want := `{"schema":0,"node_id":0,"node_id_hex":"0x0000000000000000","uptime_ms":0,"ticks":0,` +
		`"maintenance":{"state":"","since_ms":null,"deadline_remaining_ms":null,"reason":null},` +
		`"backpressure":{"on":false,"level":0},` +
		`"queues":{"events_waiting":0,"logs_waiting":0,"busy_daemons":0,"inbox_capacity":0},` +
		`"totals":{"daemons":0,"events_in":0,"outputs":0,"failures":0,"discarded":0,"dropped_control_events":0,"log_records":0},"rates":{"last_1s":0,"last_10s":0,"last_60s":0},"config":{},` +
		`"recent_failures":[],"daemons":[`
	if got := string(Runtime{}.JSON()); got != want+"]}" {
		t.Errorf("%s", got)
	}
	got := string(Runtime{Daemons: make([]Daemon, 1)}.JSON())
	if !strings.HasPrefix(got, want) || !strings.Contains(got, `"last_failure":null,"capabilities":[],`) {
		t.Errorf("%s", got)
	}
	if got := string(LogRecords(nil).JSON()); got != "[]" {
		t.Errorf("%s", got)
	}
}

// Shares are written with as many digits as a float32 needs.
func TestShares(t *testing.T) {
	for share, want := range map[float32]string{
		0: "0", 1: "1", 0.1: "0.1", 0.15: "0.15", 0.3: "0.3", 1.0 / 3: "0.33333334", 0.99999994: "0.99999994",
		0.0001: "0.0001", 1e-6: "0.000001", 1e-7: "1e-7", math.SmallestNonzeroFloat32: "1e-45",
	} {
		text := string(Runtime{Backpressure: Backpressure{Level: share}, Daemons: []Daemon{{Saturation: share}}}.JSON())
		if !strings.Contains(text, `"level":`+want+`}`) || !strings.Contains(text, `"saturation":`+want+`,`) {
			t.Errorf("%v: no %s in %s", share, want, text)
		}
	}
}

func TestMaintenanceAt(t *testing.T) {
	for _, c := range []struct {
		state phase.State
		want  string
	}{
		{phase.State{}, `{"state":"Active","since_ms":null,"deadline_remaining_ms":null,"reason":null}`},
		{phase.State{Phase: phase.EnteringMaintenance, Since: epoch.Add(-5e6), Deadline: epoch.Add(7e6)},
			`{"state":"EnteringMaintenance","since_ms":5,"deadline_remaining_ms":7,"reason":null}`},
		{phase.State{Phase: phase.EnteringMaintenance, Since: epoch, Deadline: epoch.Add(-1)},
			`{"state":"EnteringMaintenance","since_ms":0,"deadline_remaining_ms":0,"reason":null}`},
		{phase.State{Phase: phase.Maintenance, Since: epoch.Add(-1e6)}, `{"state":"Maintenance","since_ms":1,"deadline_remaining_ms":null,"reason":null}`},
		{phase.State{Phase: phase.DrainFailed, Since: epoch, Reason: "busy"}, `{"state":"DrainFailed","since_ms":0,"deadline_remaining_ms":null,"reason":"busy"}`},
		{phase.State{Phase: phase.Recovery, Since: epoch.Add(1)}, `{"state":"Recovery","since_ms":0,"deadline_remaining_ms":null,"reason":null}`},
	} {
		if got := string(marshalReadable(MaintenanceOf(c.state, epoch))); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

func TestLogsJSON(t *testing.T) {
	records := LogRecords{{1, -5, "info", math.MaxUint64, math.MaxUint64, 4660, 4660, "bad \xff\xfe <&>"}, {2, math.MaxInt64, "error", 0, 0, 0, 0, ""}}
	got := records.JSON()
	want := `[{"seq":1,"unix_ms":-5,"level":"info","daemon_id":18446744073709551615,"daemon_id_hex":"0xffffffffffffffff","node_id":4660,"node_id_hex":"0x0000000000001234","message":"bad ?? <&>"},` +
		`{"seq":2,"unix_ms":9223372036854775807,"level":"error","daemon_id":0,"daemon_id_hex":"0x0000000000000000","node_id":0,"node_id_hex":"0x0000000000000000","message":""}]`
	// Newer versions of Go don't escape U+FFFD.
	plain := strings.NewReplacer(`\ufffd`, "?", "\ufffd", "?").Replace(string(got))
	if plain != want || !utf8.Valid(got) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// FuzzReadable compares marshalReadable with the standard library.
func FuzzReadable(f *testing.F) {
	for _, text := range []string{"", "plain", "\x00\x01\x1f\x7f", "\"\\/", "<&>", "é€😀", "\u2028\u2029\ufffd", "\xff\xc0\xaf", "\xed\xa0\x80", "a long one: \n"} {
		f.Add(text, uint64(1<<63), int64(-1))
	}
	f.Fuzz(func(t *testing.T, text string, n uint64, ms int64) {
		r := full()
		r.NodeID, r.UptimeMS, r.Maintenance.Reason = n, ms, &text
		r.Daemons[0].Name, r.Daemons[0].Capabilities = text, []string{text}
		records := LogRecords{{n, ms, "info", n, Hex(n), n, Hex(n), text}}
		for v, got := range map[any]string{&r: string(r.JSON()), &records: string(records.JSON())} {
			var want bytes.Buffer
			encoder := json.NewEncoder(&want)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(v); err != nil || got+"\n" != want.String() {
				t.Fatalf("\n got %s\nwant %s: %v", got, want.String(), err)
			}
		}
	})
}

// FuzzShares compares with the shortest text that parses as the number. If two are equally
// short and near, as for 2^-12, either will do: packages and versions of Go differ there.
func FuzzShares(f *testing.F) {
	for _, share := range []float32{0, 1, 0.15, 1.0 / 3, 1.0 / 4096, 1e-6, 1e-7, 0.99999994, math.SmallestNonzeroFloat32} {
		f.Add(share)
	}
	f.Fuzz(func(t *testing.T, share float32) {
		if share != share || math.IsInf(float64(share), 0) {
			t.Skip()
		}
		text := string(marshalReadable(share))
		want, err := json.Marshal(share)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := strconv.ParseFloat(text, 32); err != nil || float32(back) != share || len(text) != len(want) {
			t.Fatalf("%v is %s, want %s: %v", share, text, want, err)
		}
	})
}

// paths returns the keys of a type's JSON: a.b, and a[].b in arrays.
func paths(typ reflect.Type, path string) []string {
	switch typ.Kind() {
	case reflect.Pointer:
		return paths(typ.Elem(), path)
	case reflect.Slice:
		return paths(typ.Elem(), path+"[]")
	case reflect.Struct:
		var keys []string
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",") // before omitempty
			key := strings.TrimPrefix(path+"."+name, ".")
			keys = append(keys, key)
			keys = append(keys, paths(typ.Field(i).Type, key)...)
		}
		return keys
	}
	return nil
}

// docs/runtime-json.md has exactly one row for each key, in the order in which the keys
// are written.
func TestEachKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/runtime-json.md")
	if err != nil {
		t.Fatal(err)
	}
	for chapter, typ := range map[string]reflect.Type{
		"runtime_json": reflect.TypeFor[Runtime](),
		"logs_json":    reflect.TypeFor[LogRecords](),
	} {
		_, rest, found := bytes.Cut(text, []byte("\n## `"+chapter+"`\n"))
		if !found {
			t.Fatalf("no chapter %s", chapter)
		}
		rest, _, _ = bytes.Cut(rest, []byte("\n## "))
		var documented []string
		for _, cells := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllSubmatch(rest, -1) {
			if !strings.HasPrefix(string(cells[1]), "config.") { // package config has these keys
				documented = append(documented, string(cells[1]))
			}
		}
		if got, want := strings.Join(documented, "\n"), strings.Join(paths(typ, ""), "\n"); got != want {
			t.Errorf("%s: documented are\n%s\nbut there are\n%s", chapter, got, want)
		}
	}
}
