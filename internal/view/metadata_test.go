package view

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"netmeshos/internal/phase"
)

func TestStringsAreEscapedAsLittleAsAllowed(t *testing.T) {
	for in, want := range map[string]string{
		"":                   `""`,
		"a/b<c>&d":           `"a/b<c>&d"`,
		"\"\\":               `"\"\\"`,
		"\b\t\n\f\r":         `"\b\t\n\f\r"`,
		"\x00\x1f\x0b":       `"\u0000\u001f\u000b"`,
		"\x7f\u2028\u2029é😀": "\"\x7f\u2028\u2029é😀\"",
		"\ufffd\ufeff\u0080": "\"\ufffd\ufeff\u0080\"",
		"a long one, in which the escape comes late: \n": `"a long one, in which the escape comes late: \n"`,
	} {
		if got := string(marshalMinimal(in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
		m := Metadata{&Node{}, 0, in}
		text := `{"daemon_id":0,"daemon_name":` + want + `,"maintenance_state":{"kind":"active"},"node_id":0,"peers":[]}`
		if got := string(m.JSON(epoch)); got != text {
			t.Errorf("%q: got %s, want %s", in, got, text)
		}
	}
}

// Control characters have the escape of RFC 8259. Of the other one-byte characters only
// the quote and the backslash are escaped.
func TestEachCharacterOfOneByte(t *testing.T) {
	short := map[byte]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	for c := range byte(utf8.RuneSelf) {
		want, escaped := short[c]
		switch {
		case escaped:
		case c < ' ':
			want = `\u00` + string("01"[c>>4]) + string("0123456789abcdef"[c&15])
		default:
			want = string(c)
		}
		for n := range 20 { // at each position within a machine word
			before, after := strings.Repeat("x", n), strings.Repeat("y", 19-n)
			if got := string(marshalMinimal(before + string(c) + after)); got != `"`+before+want+after+`"` {
				t.Fatalf("%q after %d: got %s, want %s", c, n, got, want)
			}
		}
	}
}

func TestNumbersOfPeers(t *testing.T) {
	for _, c := range []struct {
		value float64
		want  string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-1.5, "-1.5"}, {0.1, "0.1"}, {0.15, "0.15"}, {1.0 / 3, "0.3333333333333333"},
		{123456, "123456"}, {1e5, "100000"}, {1e6, "1e+06"}, {1234567, "1.234567e+06"}, {1e20, "1e+20"}, {1e21, "1e+21"}, {0.0001, "0.0001"}, {0.00001, "1e-05"},
		{math.MaxFloat64, "1.7976931348623157e+308"}, {math.SmallestNonzeroFloat64, "5e-324"}, {1 << 53, "9.007199254740992e+15"},
		{math.NaN(), "null"}, {math.Inf(1), "null"}, {math.Inf(-1), "null"},
	} {
		node := &Node{Peers: []Peer{{CPULoad1m: &c.value, RTTMS: &c.value, SaturationTrend: &c.value}}}
		text := Metadata{node, 1, ""}.JSON(epoch)
		for _, key := range []string{"cpu_load_1m", "rtt_ms", "saturation_trend"} {
			if want := `"` + key + `":` + c.want + `,`; !bytes.Contains(text, []byte(want)) {
				t.Errorf("%v: no %s in %s", c.value, want, text)
			}
		}
		if !json.Valid(text) {
			t.Errorf("%v: no JSON: %s", c.value, text)
		}
	}
	for _, n := range []uint64{0, 1, 1<<53 + 1, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64} {
		text := string(Metadata{&Node{ID: n, Peers: []Peer{{NodeID: n, DiskTotalBytes: &n}}}, n, ""}.JSON(epoch))
		digits := strconv.FormatUint(n, 10)
		for _, want := range []string{`{"daemon_id":` + digits + `,`, `"disk_total_bytes":` + digits + `,`, `"node_id":` + digits + `,"peers"`, `"node_id":` + digits + `,"rtt_ms"`} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in %s", want, text)
			}
		}
	}
}

// The longest times are still written as whole numbers.
func TestTimesAtTheExtremes(t *testing.T) {
	far := phase.State{Phase: phase.EnteringMaintenance, Since: epoch, Deadline: epoch.Add(math.MaxInt64)}
	want := `{"deadline_remaining_ms":9223372036854,"kind":"entering_maintenance","since_ms":0}`
	if got := string(marshalMinimal(maintenanceAt(far, epoch.Add(-time.Hour)))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want = `{"kind":"recovery","since_ms":9223372036854}`
	if got := string(marshalMinimal(maintenanceAt(phase.State{Phase: phase.Recovery, Since: time.Time{}}, epoch))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Strings of peers are not checked when they come in.
func TestStringsOfPeersNeedNotBeUTF8(t *testing.T) {
	bad := "a\xff\xc3"
	peer := Peer{CapabilitySet: []string{"z", bad}, SoftwareVersion: &bad}
	text := Metadata{&Node{Peers: []Peer{peer}}, 1, ""}.JSON(epoch)
	if !utf8.Valid(text) || !bytes.Contains(text, []byte("\"capability_set\":[\"a\ufffd\",\"z\"]")) || !bytes.Contains(text, []byte("\"software_version\":\"a\ufffd\"")) {
		t.Errorf("%q", text)
	}
	if peer.CapabilitySet[0] != "z" || peer.CapabilitySet[1] != bad {
		t.Errorf("the snapshot has changed: %q", peer.CapabilitySet)
	}
}

// FuzzMetadata compares with the standard library, which writes the same except U+2028,
// U+2029 and some floats. So it gets the numbers as they should be written.
func FuzzMetadata(f *testing.F) {
	f.Add("telemetry", "tag", "0.25.0", uint64(4660), uint64(1), 0.5, 1e6, uint8(0), int64(7))
	f.Add("a\x00\"\\\u2028\x7f", "\b\f<>&", "\ufffd", uint64(math.MaxUint64), uint64(0), math.Inf(1), math.Copysign(0, -1), uint8(1), int64(math.MaxInt64))
	f.Add("\U0010ffff", "\u2029", "", uint64(1<<63), uint64(1<<53+1), math.NaN(), 5e-324, uint8(4), int64(-1))
	f.Fuzz(func(t *testing.T, name, word, version string, id, bytesUsed uint64, load, rtt float64, number uint8, ms int64) {
		if !utf8.ValidString(name) || !utf8.ValidString(word) || !utf8.ValidString(version) {
			t.Skip()
		}
		state := phase.State{Phase: phase.Phase(number % 8), Since: epoch, Deadline: epoch.Add(time.Duration(ms)), Reason: word}
		if state.Phase == phase.Active {
			state.Since = time.Time{}
		}
		peers := []Peer{{NodeID: id, CapabilitySet: []string{word, name}, CPULoad1m: &load, RTTMS: &rtt, DiskUsedBytes: &bytesUsed, SoftwareVersion: &version}, {}}
		m := Metadata{&Node{ID: id, Maintenance: state, Peers: peers}, bytesUsed, name}
		now := epoch.Add(time.Duration(ms) / 2)
		got := m.JSON(now)

		tags := []string{word, name}
		slices.Sort(tags)
		want := map[string]any{
			"daemon_id": bytesUsed, "daemon_name": name, "node_id": id, "maintenance_state": oracleState(state, now),
			"peers": []any{
				oraclePeer(map[string]any{
					"node_id": id, "capability_set": tags, "cpu_load_1m": oracleNumber(load), "rtt_ms": oracleNumber(rtt),
					"disk_used_bytes": bytesUsed, "software_version": version,
				}),
				oraclePeer(nil),
			},
		}
		if text := oracle(t, want); string(got) != text {
			t.Fatalf("\n got %s\nwant %s", got, text)
		}
	})
}

func oracleState(s phase.State, now time.Time) map[string]any {
	want := map[string]any{"kind": "unknown"}
	if int(s.Phase) < len(phaseKinds) {
		want["kind"] = phaseKinds[s.Phase]
	}
	if s.Phase != phase.Active {
		want["since_ms"] = max(0, now.Sub(s.Since)).Milliseconds()
	}
	if s.Phase == phase.EnteringMaintenance {
		want["deadline_remaining_ms"] = max(0, s.Deadline.Sub(now)).Milliseconds()
	}
	if s.Phase == phase.DrainFailed {
		want["reason"] = s.Reason
	}
	return want
}

func oraclePeer(known map[string]any) map[string]any {
	peer := map[string]any{
		"capability_set": []string{}, "cpu_load_1m": nil, "disk_total_bytes": nil, "disk_used_bytes": nil, "forked_from": nil,
		"health": "Unknown", "maintenance": "Unknown", "mem_total_bytes": nil, "mem_used_bytes": nil, "node_id": 0, "rtt_ms": nil,
		"saturation_trend": nil, "software_version": nil,
	}
	for key, value := range known {
		peer[key] = value
	}
	return peer
}

func oracleNumber(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return json.RawMessage(strconv.FormatFloat(v, 'g', -1, 64))
}

// oracle returns what the standard library writes for a map, whose keys it sorts, with
// U+2028 and U+2029 unescaped.
func oracle(t *testing.T, v any) string {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	// An escaped backslash in the text doesn't begin an escape.
	return strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029").Replace(strings.TrimSuffix(text.String(), "\n"))
}
