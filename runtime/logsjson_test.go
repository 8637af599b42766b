package meshos_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	meshos "netmeshos/runtime"
)

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
