package meshos_test

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	meshos "netmeshos/runtime"
)

func TestLogsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{ThisNode: math.MaxUint64, TickIntervalMS: math.MaxUint64})
		h := register(t, sdk, 1, nil)
		if got := string(sdk.LogsJSON(0, 0)); got != "[]" {
			t.Errorf("no records: %s", got)
		}
		messages := []string{"first", "", "quote \" backslash \\ <&>", "\x00\x1f\u2028é😀", strings.Repeat("long ", 10_000)}
		var want []logLine
		for i, message := range messages {
			time.Sleep(time.Millisecond)
			wantKind(t, "PublishLog", h.PublishLog(meshos.Level(i), message), "")
			want = append(want, logLine{uint64(i + 1), time.Now().UnixMilli(), meshos.Level(i).String(), h.ID(), math.MaxUint64, message, shownElsewhere{}, shownElsewhere{}})
			synctest.Wait()
		}
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(0), "")
		synctest.Wait()
		for _, message := range []string{"maintenance: EnteringMaintenance, was Active", "maintenance: Maintenance, was EnteringMaintenance"} {
			want = append(want, logLine{uint64(len(want) + 1), time.Now().UnixMilli(), "info", 0, math.MaxUint64, message, shownElsewhere{}, shownElsewhere{}})
		}
		for _, c := range []struct {
			after uint64
			limit int
			want  []logLine
		}{{0, 0, want}, {0, 2, want[:2]}, {3, 0, want[3:]}, {3, 1, want[3:4]}, {7, 0, nil}, {math.MaxUint64, 0, nil}, {6, 100, want[6:]}} {
			var got []logLine
			decode(t, sdk.LogsJSON(c.after, c.limit), &got)
			if !slices.Equal(got, c.want) {
				t.Errorf("after %d, at most %d: %v, want %v", c.after, c.limit, got, c.want)
			}
		}
	})
}

type logLine struct {
	Seq       uint64         `json:"seq"`
	UnixMS    int64          `json:"unix_ms"`
	Level     string         `json:"level"`
	DaemonID  uint64         `json:"daemon_id"`
	NodeID    uint64         `json:"node_id"`
	Message   string         `json:"message"`
	DaemonHex shownElsewhere `json:"daemon_id_hex"`
	NodeHex   shownElsewhere `json:"node_id_hex"`
}

// The error of a Go daemon need not be UTF-8, but the JSON of the logs is.
func TestErrorsThatAreNoUTF8(t *testing.T) {
	sdk := start(t, quiet)
	h := register(t, sdk, 1, notUTF8{})
	wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), nil), meshos.KindProcessFailed)
	_, _ = sdk.Snapshot(h.ID())
	var records []struct{ Message string }
	text := sdk.LogsJSON(0, 0)
	if err := json.Unmarshal(text, &records); err != nil || !utf8.Valid(text) || len(records) != 2 ||
		records[0].Message != `process failed with "bad �" for the event 1 of 0x7, which is skipped` || records[1].Message != "panic in Snapshot: bad \ufffd" {
		t.Errorf("%v in %q", err, text)
	}
}

type notUTF8 struct{}

func (notUTF8) Process(meshos.InboundEvent, func([]byte)) error { return errors.New("bad \xff\xfe") }

func (notUTF8) Snapshot() []byte { panic("bad \xff\xfe") }

// FuzzLogsJSON looks for messages and names that the JSON of the logs and of the runtime
// doesn't reproduce.
func FuzzLogsJSON(f *testing.F) {
	for _, text := range []string{"", "plain", "\x00\x01\x1f\x7f", "\"\\/", "<&>", "é€😀", "\u2028\u2029\ufffd", "a long one, in which the escape comes late: \n"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, name, message string) {
		if !utf8.ValidString(name) || !utf8.ValidString(message) {
			t.Skip()
		}
		sdk, err := meshos.Start(quiet)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = sdk.Shutdown() }()
		h, err := sdk.Register(name, seed(1), nil)
		if err != nil {
			t.Skip() // a NUL
		}
		if err := h.PublishLog(meshos.LevelWarn, message); err != nil {
			t.Fatal(err)
		}
		if err := h.PublishCapabilities([]string{message, name}); err != nil {
			t.Fatal(err)
		}
		var runtime struct {
			Daemons []struct {
				Name         string
				Capabilities []string
			}
		}
		text := sdk.RuntimeJSON()
		if err := json.Unmarshal(text, &runtime); err != nil || !utf8.Valid(text) || len(runtime.Daemons) != 1 ||
			runtime.Daemons[0].Name != name || len(runtime.Daemons[0].Capabilities) != 2 || runtime.Daemons[0].Capabilities[0] != message {
			t.Fatalf("the daemon %q with %q: %v in %s", name, message, err, text)
		}
		_ = sdk.Shutdown() // moves the line to the ring
		var records []struct {
			Level    string
			DaemonID uint64 `json:"daemon_id"`
			Message  string
		}
		text = sdk.LogsJSON(0, 0)
		if err := json.Unmarshal(text, &records); err != nil || !utf8.Valid(text) || len(records) != 1 ||
			records[0].Message != message || records[0].Level != "warn" || records[0].DaemonID != h.ID() {
			t.Fatalf("message %q: %v in %s", message, err, text)
		}
	})
}
