package meshos_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// A node with a value for every key.
func TestRuntimeJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := meshos.Config{
			ThisNode: math.MaxUint64, TickIntervalMS: 100, InboxCapacity: 10, ControlCapacity: 1, WatchdogMS: 400,
			OnProcessFailure: meshos.Restart, BackoffFirstMS: 60_000,
		}
		sdk := start(t, config)
		hang := make(chan struct{})
		defer close(hang)
		busyDaemon := register(t, sdk, 1, processFunc(func(meshos.InboundEvent, func([]byte)) error { <-hang; return nil }))
		failing, err := sdk.Register(`a "name" <&>`+"\u2028", seed(2), newRecorder(t))
		wantKind(t, "Register", err, "")
		gone := register(t, sdk, 3, newRecorder(t))
		stopped := register(t, sdk, 4, healthFunc(func() meshos.Health { return meshos.Degraded }))
		wantKind(t, "PublishCapabilities", failing.PublishCapabilities([]string{"b", "a"}), "")

		post(t, sdk, busyDaemon, meshos.InboundEvent{})
		time.Sleep(50 * time.Millisecond) // t = 50: a batch of one
		post(t, sdk, busyDaemon, make([]meshos.InboundEvent, 8)...)
		deliver(t, sdk, failing, word(1, "x"))
		deliver(t, sdk, gone, word(1, "x"))
		time.Sleep(100 * time.Millisecond) // t = 150
		failed := time.Now()
		big := meshos.InboundEvent{Origin: math.MaxUint64, Sequence: math.MaxUint64 - 1, Payload: []byte("fail")}
		wantKind(t, "Deliver", sdk.Deliver(failing.ID(), big, nil), meshos.KindProcessFailed)
		post(t, sdk, failing, words(1, "y z")...)
		wantKind(t, "StopDaemon", sdk.StopDaemon(stopped.ID(), 1), "") // t = 151
		gone.Close()
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(10_000), "")
		wantKind(t, "PublishLog", stopped.PublishLog(meshos.LevelInfo, "line"), "")
		time.Sleep(399 * time.Millisecond) // t = 550
		synctest.Wait()

		got := viewRuntime(t, sdk)
		since, left := int64(399), int64(10_000-399)
		want := runtimeView{Schema: 1, NodeID: math.MaxUint64, UptimeMS: 550, Ticks: 5}
		want.Maintenance.State = "EnteringMaintenance"
		want.Maintenance.SinceMS, want.Maintenance.DeadlineRemainingMS = &since, &left
		want.Backpressure.On, want.Backpressure.Level = true, 1 // 11 events of 10
		want.Queues.EventsWaiting, want.Queues.BusyDaemons, want.Queues.InboxCapacity = 11, 2, 10
		want.Totals.Daemons, want.Totals.EventsIn, want.Totals.Outputs, want.Totals.Failures = 3, 3, 2, 1
		want.Totals.DroppedControlEvents, want.Totals.LogRecords = got.Totals.DroppedControlEvents, uint64(len(sdk.Logs(0, 0)))
		failure := failure{UnixMS: failed.UnixMilli(), DaemonID: failing.ID(), Origin: math.MaxUint64, Sequence: math.MaxUint64 - 1, Status: -1, Error: "told to fail"}
		want.RecentFailures = append(want.RecentFailures, failure)
		want.Daemons = []daemonView{
			{
				ID: busyDaemon.ID(), Name: "daemon", Lifecycle: "running", Health: "healthy", InboxDepth: 9,
				Capabilities: []string{}, BusyMS: 550, Overdue: true, DroppedControlEvents: busyDaemon.DroppedControlEvents(),
			},
			{
				ID: failing.ID(), Name: `a "name" <&>` + "\u2028", Lifecycle: "backing_off", Health: "healthy", EventsIn: 2, Outputs: 1,
				Failures: 1, Restarts: 1, InboxDepth: 2, LastFailure: &failure, Capabilities: []string{"b", "a"},
				DroppedControlEvents: failing.DroppedControlEvents(),
			},
			{
				ID: stopped.ID(), Name: "daemon", Lifecycle: "stopped", Health: "degraded", Capabilities: []string{},
				DroppedControlEvents: stopped.DroppedControlEvents(),
			},
		}
		slices.SortFunc(want.Daemons, func(a, b daemonView) int {
			if a.ID < b.ID {
				return -1
			}
			return 1
		})
		if asText(t, got) != asText(t, want) {
			t.Errorf("\n got %s\nwant %s", asText(t, got), asText(t, want))
		}
		if !bytes.Contains(sdk.RuntimeJSON(), []byte(`<&>`)) {
			t.Error("what people read is escaped")
		}
		if n := got.Totals.DroppedControlEvents; n == 0 || n != sdk.DroppedControlEvents() {
			t.Errorf("%d dropped control events", n)
		}
	})
}

func asText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An SDK without daemons, before and after its shutdown.
func TestRuntimeJSONOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		want := `{"schema":1,"node_id":0,"node_id_hex":"0x0000000000000000","uptime_ms":%d,"ticks":0,` +
			`"maintenance":{"state":"Active","since_ms":null,"deadline_remaining_ms":null,"reason":null},` +
			`"backpressure":{"on":false,"level":0},` +
			`"queues":{"events_waiting":0,"logs_waiting":0,"busy_daemons":0,"inbox_capacity":65536},` +
			`"totals":{"daemons":0,"events_in":0,"outputs":0,"failures":0,"discarded":0,"dropped_control_events":0,"log_records":0},"rates":{"last_1s":0,"last_10s":0,"last_60s":0},"config":{},` +
			`"recent_failures":[],"daemons":[]}`
		shown := func() string {
			return regexp.MustCompile(`"config":\{[^}]*\}`).ReplaceAllString(string(sdk.RuntimeJSON()), `"config":{}`)
		}
		if got := shown(); got != fmt.Sprintf(want, 0) {
			t.Errorf("%s", got)
		}
		wantKind(t, "Shutdown", sdk.Shutdown(), "")
		time.Sleep(time.Second)
		if got := shown(); got != fmt.Sprintf(want, 1_000) {
			t.Errorf("after Shutdown: %s", got)
		}
	})
}

// Latencies are those of process, for each event.
func TestLatenciesAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
			time.Sleep(time.Duration(e.Sequence))
			return nil
		}))
		for range 98 {
			post(t, sdk, h, meshos.InboundEvent{Sequence: 1_000})
		}
		deliver(t, sdk, h, meshos.InboundEvent{Sequence: 5_000_000})
		deliver(t, sdk, h, meshos.InboundEvent{Sequence: 7_000_000_000})
		flush(t, sdk, h)
		got := viewDaemon(t, sdk, h).ProcessLatencyNS
		if got.P50 < 1_000 || got.P50 > 1_125 || got.P99 < 5_000_000 || got.Max != 7_000_000_000 {
			t.Errorf("%+v", got)
		}
	})
}

// Totals never count a daemon twice or miss one.
func TestTotalsWhileDaemonsComeAndGo(t *testing.T) {
	sdk := start(t, quiet)
	stop := make(chan struct{})
	var delivered atomic.Uint64
	var working sync.WaitGroup
	for n := range byte(3) {
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				h, err := sdk.Register("daemon", seed(n), newRecorder(t))
				wantKind(t, "Register", err, "")
				delivered.Add(1) // counted first, so that it is never less than the total
				deliver(t, sdk, h, word(1, "x"))
				h.Close()
			}
		})
	}
	var last uint64
	for range 1_000 {
		got := viewRuntime(t, sdk).Totals
		if most := delivered.Load(); got.EventsIn < last || got.EventsIn > most {
			t.Fatalf("%d events in all, after %d, with %d delivered", got.EventsIn, last, most)
		}
		last = got.EventsIn
	}
	close(stop)
	working.Wait()
	if got := viewRuntime(t, sdk).Totals; got.EventsIn != delivered.Load() || got.Outputs != delivered.Load() || got.Daemons != 0 {
		t.Errorf("%+v of %d", got, delivered.Load())
	}
}

// One daemon alone looks as it does among all.
func TestDaemonJSON(t *testing.T) {
	sdk := start(t, quiet)
	for n := range 3 {
		register(t, sdk, byte(n), nil)
	}
	h := register(t, sdk, 9, nil)
	wantKind(t, "PublishCapabilities", h.PublishCapabilities([]string{"b", "a"}), "")
	text, err := sdk.DaemonJSON(h.ID())
	wantKind(t, "DaemonJSON", err, "")
	if !bytes.Contains(sdk.RuntimeJSON(), text) || !bytes.Contains(text, []byte(`"capabilities":["b","a"]`)) {
		t.Errorf("%s isn't a part of\n%s", text, sdk.RuntimeJSON())
	}
	_, err = sdk.DaemonJSON(1)
	wantKind(t, "DaemonJSON of nobody", err, meshos.KindNotFound)
	wantKind(t, "Shutdown", sdk.Shutdown(), "")
	_, err = sdk.DaemonJSON(h.ID())
	wantKind(t, "DaemonJSON after the end", err, meshos.KindAlreadyShutdown)
}

// The keys that say how fast a daemon is, whom it feeds and how long it is held, ids as
// people read them, and the configuration in force.
func TestWhatOperatorsLookFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := meshos.Config{TickIntervalMS: 7, OnProcessFailure: meshos.Restart, BackoffFirstMS: 60_000, ThisNode: 0xabc}
		sdk := start(t, config)
		h, to := register(t, sdk, 1, newRecorder(t)), register(t, sdk, 2, newRecorder(t))
		wantKind(t, "Subscribe", sdk.Subscribe(h.ID(), to.ID()), "")
		wantKind(t, "Subscribe", sdk.Subscribe(h.ID(), h.ID()), "")
		wantKind(t, "Unsubscribe", sdk.Unsubscribe(h.ID(), h.ID()), "")
		time.Sleep(time.Minute)
		for range 60 {
			deliver(t, sdk, h, word(1, "x"))
			time.Sleep(time.Second)
		}
		flush(t, sdk, to)
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
		time.Sleep(time.Second)
		var got struct {
			NodeHex string `json:"node_id_hex"`
			Rates   struct {
				Last60 float64 `json:"last_60s"`
			} `json:"rates"`
			Config map[string]any `json:"config"`
		}
		text := sdk.RuntimeJSON()
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got.NodeHex != "0x0000000000000abc" || got.Config["tick_interval_ms"] != 7.0 || got.Config["inbox_capacity"] != 65536.0 ||
			got.Config["on_process_failure"] != "restart" || math.Abs(got.Rates.Last60-2) > 0.1 {
			t.Errorf("%+v", got)
		}
		one, err := sdk.DaemonJSON(h.ID())
		wantKind(t, "DaemonJSON", err, "")
		for _, want := range []string{
			fmt.Sprintf(`"id_hex":"0x%016x"`, h.ID()),
			fmt.Sprintf(`"subscribers":[{"id":%d,"id_hex":"0x%016x"}]`, to.ID(), to.ID()),
			`"backoff_remaining_ms":59000`, `"count":61,"histogram":[{"at_most":`, fmt.Sprintf(`"daemon_id_hex":"0x%016x"`, h.ID()),
		} {
			if !bytes.Contains(one, []byte(want)) {
				t.Errorf("no %s in %s", want, one)
			}
		}
		if lines := sdk.LogsJSON(0, 0); !bytes.Contains(lines, fmt.Appendf(nil, `"daemon_id_hex":"0x%016x"`, h.ID())) {
			t.Errorf("%s", lines)
		}
	})
}
