package meshos_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

func TestDaemonsAreAskedEveryTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var healths, saturations atomic.Int64
		a := register(t, sdk, 1, sick(func() meshos.Health { healths.Add(1); return meshos.Unhealthy }))
		b := register(t, sdk, 2, busy(func() float32 { saturations.Add(1); return 0.75 }))
		c := register(t, sdk, 3, nil)
		time.Sleep(1050 * time.Millisecond)
		if healths.Load() != 10 || saturations.Load() != 10 {
			t.Errorf("asked %d and %d times in 10 ticks", healths.Load(), saturations.Load())
		}
		for i, want := range map[*meshos.Handle]struct {
			health     meshos.Health
			saturation float32
		}{a: {meshos.Unhealthy, 0}, b: {meshos.Healthy, 0.75}, c: {meshos.Healthy, 0}} {
			if health, saturation := i.Vitals(); health != want.health || saturation != want.saturation {
				t.Errorf("vitals %v %v, want %v", health, saturation, want)
			}
		}
		a.Close()
		wantKind(t, "GracefulShutdown", b.GracefulShutdown(1), "")
		time.Sleep(time.Second)
		if healths.Load() != 10 || saturations.Load() != 10 {
			t.Errorf("asked %d and %d times, after the end too", healths.Load(), saturations.Load())
		}
	})
}

// A daemon that leaves is looked after as ever until its grace time is over.
func TestDaemonsAreAskedDuringTheGraceTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var asked atomic.Int64
		h := register(t, sdk, 1, sick(func() meshos.Health { asked.Add(1); return meshos.Healthy }))
		wantKind(t, "GracefulShutdown", h.GracefulShutdown(1050), "")
		if asked.Load() != 10 {
			t.Errorf("asked %d times in 10 ticks", asked.Load())
		}
	})
}

// A daemon that takes long is asked again only when it has answered, and the
// others don't notice.
func TestASlowDaemonDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var slow, quick atomic.Int64
		for n := range byte(20) {
			register(t, sdk, n, sick(func() meshos.Health { slow.Add(1); time.Sleep(10 * time.Second); return meshos.Healthy }))
		}
		register(t, sdk, 100, sick(func() meshos.Health { quick.Add(1); return meshos.Healthy }))
		time.Sleep(5 * time.Second)
		if slow.Load() != 20 {
			t.Errorf("the slow daemons were asked %d times in all, want once each", slow.Load())
		}
		if quick.Load() < 45 { // of 50 ticks, but for those at the start
			t.Errorf("the quick daemon was asked %d times in 50 ticks", quick.Load())
		}
		if sdk.Ticks() < 49 {
			t.Errorf("%d ticks, want 49 or 50", sdk.Ticks())
		}
	})
}

func TestChangesOfHealthAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, meshos.Config{ThisNode: 4660, TickIntervalMS: 100})
		answers := []meshos.Health{meshos.Healthy, meshos.Degraded, meshos.Degraded, meshos.Unhealthy, 77, meshos.Unhealthy, meshos.Degraded}
		ticks := 0
		h := register(t, sdk, 1, sick(func() meshos.Health { ticks++; return answers[min(ticks, len(answers))-1] }))
		time.Sleep(time.Duration(len(answers))*100*time.Millisecond + 50*time.Millisecond)
		changed := func(from, to meshos.Health) life.Event {
			return life.HealthChanged{Daemon: daemonOf(h), From: from, To: to}
		}
		seen.expect(t, h,
			changed(meshos.Healthy, meshos.Degraded),
			changed(meshos.Degraded, meshos.Unhealthy),
			changed(meshos.Unhealthy, meshos.Healthy), // what is no health counts as healthy
			changed(meshos.Healthy, meshos.Unhealthy),
			changed(meshos.Unhealthy, meshos.Degraded))
		levels := []meshos.Level{meshos.LevelWarn, meshos.LevelWarn, meshos.LevelInfo, meshos.LevelWarn, meshos.LevelInfo}
		for i, r := range sdk.Logs(0, 0) {
			if r.DaemonID != h.ID() || r.NodeID != 4660 || i >= len(levels) || r.Level != levels[i] {
				t.Errorf("record %d: %+v, want level %v", i, r, levels)
			}
		}
	})
}

func TestLogLines(t *testing.T) {
	sdk := start(t, meshos.Config{ThisNode: 4660, TickIntervalMS: math.MaxUint64})
	h := register(t, sdk, 1, nil)
	var want []meshos.LogRecord
	before := time.Now()
	for _, c := range []struct {
		rule    string
		level   meshos.Level
		message string
		kind    meshos.Kind
	}{
		{"trace", meshos.LevelTrace, "a", ""},
		{"debug", meshos.LevelDebug, "b", ""},
		{"info", meshos.LevelInfo, "c", ""},
		{"warn", meshos.LevelWarn, "d", ""},
		{"error", meshos.LevelError, "e", ""},
		{"an empty message", meshos.LevelInfo, "", ""},
		{"a NUL inside", meshos.LevelInfo, "a\x00b", ""},
		{"any UTF-8", meshos.LevelInfo, "Ω日😀\uFFFD\u2028", ""},
		{"a megabyte", meshos.LevelInfo, strings.Repeat("x", 1<<20), ""},
		{"a level below", -1, "a", meshos.KindInvalidLogLevel},
		{"a level above", 5, "a", meshos.KindInvalidLogLevel},
		{"an extreme level", math.MaxInt32, "a", meshos.KindInvalidLogLevel},
		{"no UTF-8", meshos.LevelInfo, "\xff", meshos.KindInvalidArgument},
		{"a surrogate", meshos.LevelInfo, "\xed\xa0\x80", meshos.KindInvalidArgument},
		{"no UTF-8 and a bad level: the level comes first", 9, "\xff", meshos.KindInvalidLogLevel},
	} {
		t.Run(c.rule, func(t *testing.T) {
			wantKind(t, "PublishLog", h.PublishLog(c.level, c.message), c.kind)
		})
		if c.kind == "" {
			want = append(want, meshos.LogRecord{Seq: uint64(len(want)) + 1, Level: c.level, DaemonID: h.ID(), NodeID: 4660, Message: c.message})
		}
	}
	after := time.Now()
	wantKind(t, "Shutdown", sdk.Shutdown(), "") // it moves all to the ring
	got := sdk.Logs(0, 0)
	for i := range got {
		if at := got[i].Time; at.Before(before) || at.After(after) {
			t.Errorf("record %d is of %v, want between %v and %v", i, at, before, after)
		}
		got[i].Time = time.Time{}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
	if some := sdk.Logs(3, 2); len(some) != 2 || some[0].Seq != 4 || some[1].Seq != 5 {
		t.Errorf("two records after 3: %v", some)
	}
}

func TestABadHandleComesAfterABadArgument(t *testing.T) {
	h := register(t, start(t, quiet), 1, nil)
	h.Close()
	wantKind(t, "a bad level", h.PublishLog(5, "a"), meshos.KindInvalidLogLevel)
	wantKind(t, "no UTF-8", h.PublishLog(0, "\xff"), meshos.KindInvalidArgument)
	wantKind(t, "a good line", h.PublishLog(0, "a"), meshos.KindAlreadyShutdown)
}

func TestAFullLogQueueIsSaid(t *testing.T) {
	sdk := start(t, meshos.Config{TickIntervalMS: math.MaxUint64, EventQueueCapacity: 1})
	h := register(t, sdk, 1, nil)
	for range 1_000_000 {
		if err := h.PublishLog(meshos.LevelInfo, "line"); err != nil {
			wantKind(t, "PublishLog", err, meshos.KindQueueFull)
			return
		}
	}
	t.Error("a queue for one line never was full")
}

func TestLogsKeepTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		h := register(t, sdk, 1, nil)
		for n := range 3000 {
			wantKind(t, "PublishLog", h.PublishLog(meshos.LevelInfo, fmt.Sprint(n)), "")
			if n%500 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait() // no tick is needed
		records := sdk.Logs(0, 0)
		if len(records) != 2048 || records[0].Seq != 3000-2048+1 || records[2047].Message != "2999" {
			t.Errorf("%d records from %d on", len(records), records[0].Seq)
		}
	})
}

const metadataOf1 = `{"daemon_id":%d,"daemon_name":"daemon","maintenance_state":{"kind":"active"},"node_id":4660,"peers":[%s]}`

func TestMetadata(t *testing.T) {
	sdk := start(t, meshos.Config{ThisNode: 4660, TickIntervalMS: math.MaxUint64})
	h := register(t, sdk, 1, nil)
	check := func(what string, read func() ([]byte, error), peers ...string) {
		t.Helper()
		got, err := read()
		wantKind(t, what, err, "")
		if want := fmt.Sprintf(metadataOf1, h.ID(), strings.Join(peers, ",")); string(got) != want {
			t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		}
	}
	stale := func(want bool) {
		t.Helper()
		if got, err := h.MetadataStale(); err != nil || got != want {
			t.Errorf("stale: %v %v, want %v", got, err, want)
		}
	}
	peer := func(id uint64) string {
		return fmt.Sprintf(`{"capability_set":[],"cpu_load_1m":null,"disk_total_bytes":null,"disk_used_bytes":null,"forked_from":null,"health":"Unknown",`+
			`"maintenance":"Unknown","mem_total_bytes":null,"mem_used_bytes":null,"node_id":%d,"rtt_ms":null,"saturation_trend":null,"software_version":null}`, id)
	}
	check("at registration", h.Metadata)
	check("refreshed", h.RefreshMetadata)
	stale(false)

	peers := []meshos.Peer{{NodeID: 1<<64 - 1}, {NodeID: 2}, {NodeID: 10}}
	sdk.SetPeers(peers)
	if peers[0].NodeID != 1<<64-1 || peers[1].NodeID != 2 {
		t.Error("the caller's peers were moved")
	}
	peers[0].NodeID = 5
	stale(true)
	check("cached", h.Metadata)
	check("cached still", h.Metadata)
	check("refreshed", h.RefreshMetadata, peer(2), peer(10), peer(1<<64-1))
	stale(false)
	check("cached anew", h.Metadata, peer(2), peer(10), peer(1<<64-1))

	late, err := sdk.Register("daemon", seed(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	if got, _ := late.Metadata(); !strings.Contains(string(got), `"node_id":10`) {
		t.Errorf("a daemon registered later sees %s", got)
	}

	wantKind(t, "Shutdown", sdk.Shutdown(), "")
	sdk.SetPeers(nil)
	check("cached after Shutdown", h.Metadata, peer(2), peer(10), peer(1<<64-1))
	check("refreshed after Shutdown", h.RefreshMetadata)
}

func TestPeersAreSortedByID(t *testing.T) {
	sdk := start(t, quiet)
	h := register(t, sdk, 1, nil)
	sorted := []uint64{0, 1, 2, 1<<32 + 1, 1<<63 - 1, 1 << 63, 1<<63 + 1, 1<<64 - 1}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var peers []meshos.Peer
		for _, i := range random.Perm(len(sorted)) {
			peers = append(peers, meshos.Peer{NodeID: sorted[i]})
		}
		sdk.SetPeers(peers)
		text, err := h.RefreshMetadata()
		wantKind(t, "RefreshMetadata", err, "")
		var got []uint64
		for _, m := range regexp.MustCompile(`"node_id":(\d+),"rtt_ms"`).FindAllSubmatch(text, -1) {
			id, _ := strconv.ParseUint(string(m[1]), 10, 64)
			got = append(got, id)
		}
		if !slices.Equal(got, sorted) {
			t.Fatalf("peers %v, want %v", got, sorted)
		}
	}
}

func TestNamesInMetadata(t *testing.T) {
	sdk := start(t, quiet)
	for name, shown := range map[string]string{
		`a"b\c/d`:            `"a\"b\\c/d"`,
		"\x01\t\n\x1f\x7f":   "\"\\u0001\\t\\n\\u001f\x7f\"",
		"<é>&\u2028日😀\uFFFD": "\"<é>&\u2028日😀\uFFFD\"",
		"":                   `""`,
	} {
		h, err := sdk.Register(name, seed(1), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.Metadata()
		wantKind(t, "Metadata", err, "")
		if !strings.Contains(string(got), `"daemon_name":`+shown+`,`) {
			t.Errorf("metadata %s, want the name as %s", got, shown)
		}
		h.Close()
	}
}

func TestCapabilities(t *testing.T) {
	h := register(t, start(t, quiet), 1, nil)
	has := func(what string, want ...string) {
		t.Helper()
		if got := h.Capabilities(); !slices.Equal(got, want) {
			t.Errorf("%s: capabilities %q, want %q", what, got, want)
		}
	}
	has("at first")
	tags := []string{"b", "a", "b", "", "日"}
	wantKind(t, "PublishCapabilities", h.PublishCapabilities(tags), "")
	tags[0] = "changed"
	has("published", "b", "a", "b", "", "日")
	h.Capabilities()[0] = "changed"
	has("read by one who writes", "b", "a", "b", "", "日")

	wantKind(t, "no UTF-8", h.PublishCapabilities([]string{"a", "\xff"}), meshos.KindInvalidArgument)
	has("refused", "b", "a", "b", "", "日")
	for _, text := range []string{`null`, `[null]`, `{}`, `["a",]`, `["a"] x`, `["\ud800"]`, "\ufeff[]", "[\"\n\"]", " ", "\xff"} {
		wantKind(t, text, h.PublishCapabilitiesJSON([]byte(text)), meshos.KindInvalidArgument)
		has("refused", "b", "a", "b", "", "日")
	}

	wantKind(t, "JSON", h.PublishCapabilitiesJSON([]byte(` ["x", "\u0079"] `)), "")
	has("JSON", "x", "y")
	wantKind(t, "an empty text", h.PublishCapabilitiesJSON(nil), "")
	has("cleared by an empty text")
	wantKind(t, "JSON", h.PublishCapabilitiesJSON([]byte(`["x"]`)), "")
	wantKind(t, "an empty array", h.PublishCapabilitiesJSON([]byte(`[]`)), "")
	has("cleared by an empty array")
	wantKind(t, "PublishCapabilities", h.PublishCapabilities([]string{"x"}), "")
	wantKind(t, "no tags", h.PublishCapabilities(nil), "")
	has("cleared by none")

	h.Close()
	wantKind(t, "a bad text on a bad handle", h.PublishCapabilitiesJSON([]byte(`null`)), meshos.KindAlreadyShutdown)
	wantKind(t, "an empty text on a bad handle", h.PublishCapabilitiesJSON(nil), meshos.KindAlreadyShutdown)
}
