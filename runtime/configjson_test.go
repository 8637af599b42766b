package meshos_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	meshos "netmeshos/runtime"
)

// configTexts are texts with a rule that each is about. An empty kind: taken.
var configTexts = []struct {
	rule, text string
	kind       meshos.Kind
	want       meshos.Config
	says       string // is in the message
}{
	{"an empty object", `{}`, "", meshos.Config{}, ""},
	{"white space around", " \t\r\n{ \t\r\n} \t\r\n", "", meshos.Config{}, ""},
	{"one key", `{"tick_interval_ms": 100}`, "", meshos.Config{TickIntervalMS: 100}, ""},
	{"the greatest number", `{"this_node": 18446744073709551615}`, "", meshos.Config{ThisNode: 1<<64 - 1}, ""},
	{"0 is the default", `{"tick_interval_ms": 0, "inbox_capacity": 0}`, "", meshos.Config{}, ""},
	{"the largest queue", `{"event_queue_capacity": 2305843009213693951}`, "", meshos.Config{EventQueueCapacity: 1<<61 - 1}, ""},
	{"what failures lead to", `{"on_process_failure": "restart"}`, "", meshos.Config{OnProcessFailure: meshos.Restart}, ""},
	{"every key", `{"this_node":1,"tick_interval_ms":2,"event_queue_capacity":3,"action_queue_capacity":4,"control_capacity":5,` +
		`"inbox_capacity":6,"max_payload_bytes":7,"on_process_failure":"skip","backoff_initial_ms":8,"backoff_max_ms":9,` +
		`"crash_loop_threshold":10,"crash_loop_window_ms":11,"crash_loop_cooldown_ms":12,"stable_run_ms":13,"drain_deadline_ms":14,` +
		`"recovery_ramp_ms":15,"backpressure_on":17,"backpressure_off":16,"watchdog_ms":18}`, "",
		meshos.Config{ThisNode: 1, TickIntervalMS: 2, EventQueueCapacity: 3, ActionQueueCapacity: 4, ControlCapacity: 5,
			InboxCapacity: 6, MaxPayloadBytes: 7, OnProcessFailure: meshos.Skip, BackoffInitialMS: 8, BackoffMaxMS: 9,
			CrashLoopThreshold: 10, CrashLoopWindowMS: 11, CrashLoopCooldownMS: 12, StableRunMS: 13, DrainDeadlineMS: 14,
			RecoveryRampMS: 15, BackpressureOn: 17, BackpressureOff: 16, WatchdogMS: 18}, ""},

	{"nothing", ``, meshos.KindInvalidArgument, meshos.Config{}, "object"},
	{"null", `null`, meshos.KindInvalidArgument, meshos.Config{}, "object"},
	{"an array", `[]`, meshos.KindInvalidArgument, meshos.Config{}, "object"},
	{"text after the object", `{} x`, meshos.KindInvalidArgument, meshos.Config{}, "object"},
	{"a trailing comma", `{"this_node":1,}`, meshos.KindInvalidArgument, meshos.Config{}, "object"},
	{"a byte-order mark", "\ufeff{}", meshos.KindInvalidArgument, meshos.Config{}, "object"},
	{"no UTF-8", "{\"\xff\":1}", meshos.KindInvalidArgument, meshos.Config{}, "UTF-8"},
	{"an unknown key", `{"tick_interval": 1}`, meshos.KindInvalidArgument, meshos.Config{}, `"tick_interval"`},
	{"a key in capitals", `{"This_node": 1}`, meshos.KindInvalidArgument, meshos.Config{}, `"This_node"`},
	{"a number above 2^64-1", `{"this_node": 18446744073709551616}`, meshos.KindInvalidArgument, meshos.Config{}, "this_node"},
	{"a negative number", `{"this_node": -1}`, meshos.KindInvalidArgument, meshos.Config{}, "this_node"},
	{"minus zero", `{"this_node": -0}`, meshos.KindInvalidArgument, meshos.Config{}, "this_node"},
	{"a fraction", `{"this_node": 1.0}`, meshos.KindInvalidArgument, meshos.Config{}, "this_node"},
	{"an exponent", `{"this_node": 1e3}`, meshos.KindInvalidArgument, meshos.Config{}, "this_node"},
	{"a leading zero", `{"this_node": 01}`, meshos.KindInvalidArgument, meshos.Config{}, "object"},
	{"a string for a number", `{"this_node": "1"}`, meshos.KindInvalidArgument, meshos.Config{}, "this_node"},
	{"null for a number", `{"this_node": null}`, meshos.KindInvalidArgument, meshos.Config{}, "this_node"},
	{"an object for a number", `{"this_node": {}}`, meshos.KindInvalidArgument, meshos.Config{}, "this_node"},
	{"a queue that is too large", `{"inbox_capacity": 2305843009213693952}`, meshos.KindInvalidArgument, meshos.Config{}, "inbox_capacity"},
	{"another word for failures", `{"on_process_failure": "Restart"}`, meshos.KindInvalidArgument, meshos.Config{}, "on_process_failure"},
	{"an empty word for failures", `{"on_process_failure": ""}`, meshos.KindInvalidArgument, meshos.Config{}, "on_process_failure"},
	{"null for failures", `{"on_process_failure": null}`, meshos.KindInvalidArgument, meshos.Config{}, "on_process_failure"},
	{"a number for failures", `{"on_process_failure": 1}`, meshos.KindInvalidArgument, meshos.Config{}, "on_process_failure"},
	{"marks the wrong way round", `{"backpressure_on": 5, "backpressure_off": 6}`, meshos.KindInvalidArgument, meshos.Config{}, "backpressure_off"},
}

func TestParseConfig(t *testing.T) {
	for _, c := range configTexts {
		t.Run(c.rule, func(t *testing.T) {
			got, err := meshos.ParseConfig([]byte(c.text))
			wantKind(t, "ParseConfig", err, c.kind)
			if got != c.want {
				t.Errorf("read %+v, want %+v", got, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one that says %s", err, c.says)
			}
			if err == nil {
				sdk := start(t, got)
				wantKind(t, "Shutdown", sdk.Shutdown(), "")
			}
		})
	}
}

func TestReadConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	_, err := meshos.ReadConfig(path)
	wantKind(t, "a file that isn't there", err, meshos.KindConfigInvalid)
	for _, c := range configTexts {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		kind := c.kind
		if kind != "" {
			kind = meshos.KindConfigInvalid
		}
		got, err := meshos.ReadConfig(path)
		if kind == "" && (err != nil || got != c.want) {
			t.Errorf("%s: read %+v, %v", c.rule, got, err)
		}
		if kind != "" && !errors.Is(err, &meshos.Error{Kind: kind}) {
			t.Errorf("%s: error %v, want %s", c.rule, err, kind)
		}
	}
}

func TestOverlay(t *testing.T) {
	file := meshos.Config{ThisNode: 1, TickIntervalMS: 2, OnProcessFailure: meshos.Restart}
	for _, c := range []struct {
		rule       string
		over, want meshos.Config
	}{
		{"nothing", meshos.Config{}, file},
		{"what is not 0 wins", meshos.Config{TickIntervalMS: 9, WatchdogMS: 8}, meshos.Config{ThisNode: 1, TickIntervalMS: 9, WatchdogMS: 8, OnProcessFailure: meshos.Restart}},
		{"a word wins", meshos.Config{OnProcessFailure: meshos.Skip}, meshos.Config{ThisNode: 1, TickIntervalMS: 2, OnProcessFailure: meshos.Skip}},
	} {
		if got := file.Overlay(c.over); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.rule, got, c.want)
		}
	}
}

// FuzzConfigJSON looks for texts that are taken though they are no JSON, or
// read otherwise than the standard library reads them.
func FuzzConfigJSON(f *testing.F) {
	for _, c := range configTexts {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(`{"\u0074his_node":1,"watchdog_ms" : 12 ,"this_node":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		got, err := meshos.ParseConfig(text)
		if !bytes.Equal(text, before) {
			t.Fatalf("%q has become %q", before, text)
		}
		if err != nil {
			if !errors.Is(err, &meshos.Error{Kind: meshos.KindInvalidArgument}) && !errors.Is(err, &meshos.Error{Kind: meshos.KindRuntimePanic}) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		// What is taken is JSON, and encoding/json finds the same numbers in it.
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var values map[string]any
		if !json.Valid(text) || decoder.Decode(&values) != nil {
			t.Fatalf("%q is taken", text)
		}
		var again meshos.Config
		for key, value := range values {
			one, err := json.Marshal(map[string]any{key: value})
			if err != nil {
				t.Fatal(err)
			}
			c, err := meshos.ParseConfig(one)
			if err != nil && !strings.Contains(err.Error(), "backpressure_off") {
				t.Fatalf("%q is taken, but not its part %s: %v", text, one, err)
			}
			if number, ok := value.(json.Number); ok {
				if n, ok := new(big.Int).SetString(number.String(), 10); !ok || !n.IsUint64() {
					t.Fatalf("%q is taken with %s", text, number)
				}
			}
			again = again.Overlay(c)
		}
		if again != got && !strings.Contains(string(text), "backpressure") {
			t.Fatalf("%q is read as %+v, its parts as %+v", text, got, again)
		}
	})
}
