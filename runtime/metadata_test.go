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

	meshos "netmeshos/runtime"
)

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

// SetPeers copies the peers: the caller may change its memory.
func TestPeersAreCopied(t *testing.T) {
	sdk := start(t, quiet)
	h := register(t, sdk, 1, newRecorder(t))
	used := uint64(1)
	tags := []string{"gpu"}
	sdk.SetPeers([]meshos.Peer{{NodeID: 2, CapabilitySet: tags, DiskUsedBytes: &used}})
	before, err := h.RefreshMetadata()
	wantKind(t, "RefreshMetadata", err, "")
	tags[0], used = "changed", 99
	after, err := h.RefreshMetadata()
	wantKind(t, "RefreshMetadata", err, "")
	if string(before) != string(after) || !strings.Contains(string(after), "gpu") {
		t.Errorf("metadata %s, then %s", before, after)
	}
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
