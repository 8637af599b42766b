package config_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
)

// configNumbers are the keys with numbers, each with its field and its greatest value.
var configNumbers = map[string]struct {
	field func(*config.Config) *uint64
	max   uint64
}{
	"this_node":              {func(c *config.Config) *uint64 { return &c.ThisNode }, math.MaxUint64},
	"tick_interval_ms":       {func(c *config.Config) *uint64 { return &c.TickIntervalMS }, math.MaxUint64},
	"event_queue_capacity":   {func(c *config.Config) *uint64 { return &c.EventQueueCapacity }, 1<<61 - 1},
	"action_queue_capacity":  {func(c *config.Config) *uint64 { return &c.ActionQueueCapacity }, 1<<61 - 1},
	"control_capacity":       {func(c *config.Config) *uint64 { return &c.ControlCapacity }, 1<<61 - 1},
	"inbox_capacity":         {func(c *config.Config) *uint64 { return &c.InboxCapacity }, 1<<61 - 1},
	"max_payload_bytes":      {func(c *config.Config) *uint64 { return &c.MaxPayloadBytes }, math.MaxInt64},
	"snapshot_interval_ms":   {func(c *config.Config) *uint64 { return &c.SnapshotIntervalMS }, math.MaxUint64},
	"snapshot_events":        {func(c *config.Config) *uint64 { return &c.SnapshotEvents }, math.MaxInt32},
	"max_message_bytes":      {func(c *config.Config) *uint64 { return &c.MaxMessageBytes }, math.MaxInt64},
	"backoff_first_ms":       {func(c *config.Config) *uint64 { return &c.BackoffFirstMS }, math.MaxUint64},
	"backoff_initial_ms":     {func(c *config.Config) *uint64 { return &c.BackoffInitialMS }, math.MaxUint64},
	"backoff_max_ms":         {func(c *config.Config) *uint64 { return &c.BackoffMaxMS }, math.MaxUint64},
	"crash_loop_threshold":   {func(c *config.Config) *uint64 { return &c.CrashLoopThreshold }, math.MaxInt32},
	"crash_loop_window_ms":   {func(c *config.Config) *uint64 { return &c.CrashLoopWindowMS }, math.MaxUint64},
	"crash_loop_cooldown_ms": {func(c *config.Config) *uint64 { return &c.CrashLoopCooldownMS }, math.MaxUint64},
	"stable_run_ms":          {func(c *config.Config) *uint64 { return &c.StableRunMS }, math.MaxUint64},
	"drain_deadline_ms":      {func(c *config.Config) *uint64 { return &c.DrainDeadlineMS }, math.MaxUint64},
	"recovery_ramp_ms":       {func(c *config.Config) *uint64 { return &c.RecoveryRampMS }, math.MaxUint64},
	"backpressure_on":        {func(c *config.Config) *uint64 { return &c.BackpressureOn }, math.MaxInt64},
	"backpressure_off":       {func(c *config.Config) *uint64 { return &c.BackpressureOff }, math.MaxInt64},
	"watchdog_ms":            {func(c *config.Config) *uint64 { return &c.WatchdogMS }, math.MaxUint64},
}

// configWords are the keys with strings, each with its field and all that it may be.
var configWords = map[string]struct {
	field   func(*config.Config) *string
	allowed []string
}{
	"on_process_failure": {func(c *config.Config) *string { return &c.OnProcessFailure }, []string{config.Skip, config.Restart}},
}

// configTexts are the keys with any string, each with its field.
var configTexts = map[string]func(*config.Config) *string{
	"state_dir": func(c *config.Config) *string { return &c.StateDir },
}

// configKeys returns all keys.
func configKeys() []string {
	return slices.Concat(slices.Sorted(maps.Keys(configNumbers)), slices.Sorted(maps.Keys(configWords)), slices.Sorted(maps.Keys(configTexts)), []string{"mesh"})
}

func TestEachNumberOfTheConfiguration(t *testing.T) {
	for name, key := range configNumbers {
		for _, n := range []uint64{0, 1, 1<<53 + 1, key.max} {
			if n > key.max {
				continue
			}
			var want config.Config
			*key.field(&want) = n
			text := fmt.Sprintf(`{"%s":%d}`, name, n)
			if name == "backpressure_off" { // must not be above backpressure_on
				want.BackpressureOn = math.MaxInt64
				text = fmt.Sprintf(`{"%s":%d,"backpressure_on":%d}`, name, n, math.MaxInt64)
			}
			got := parse(t, text)
			if got != want {
				t.Errorf("%s: %+v", text, got)
			}
		}
		for _, value := range []string{
			"-1", "1.0", "1.5", "1e3", "-0", `"1"`, "true", "null", "[1]", "{}", "18446744073709551616",
			"99999999999999999999999999", strings.Repeat("9", 5000),
		} {
			refusesConfig(t, fmt.Sprintf(`{"%s":%s}`, name, value), name)
		}
		if key.max < math.MaxUint64 {
			refusesConfig(t, fmt.Sprintf(`{"%s":%d}`, name, key.max+1), name)
		}
	}
}

func TestEachWordOfTheConfiguration(t *testing.T) {
	for name, key := range configWords {
		for _, word := range key.allowed {
			var want config.Config
			*key.field(&want) = word
			text := fmt.Sprintf(`{"%s":"%s"}`, name, word)
			if got := parse(t, text); got != want {
				t.Errorf("%s: %+v", text, got)
			}
			refusesConfig(t, fmt.Sprintf(`{"%s":"%s "}`, name, word), append(key.allowed, name)...)
			refusesConfig(t, fmt.Sprintf(`{"%s":["%s"]}`, name, word), append(key.allowed, name)...)
		}
		for _, value := range []string{`""`, "0", "1", "true", "false", "null", "[]", "{}", `"true"`, `"` + strings.Repeat("i", 1_000) + `"`} {
			refusesConfig(t, fmt.Sprintf(`{"%s":%s}`, name, value), append(key.allowed, name)...)
		}
		if _, err := config.Complete(withField(key.field, "neither")); err == nil || !strings.Contains(err.Message, name) {
			t.Errorf("%s set by a program: %v", name, err)
		}
	}
}

func TestEachTextOfTheConfiguration(t *testing.T) {
	for name, field := range configTexts {
		for text, want := range map[string]string{`""`: "", `"a b/ü"`: "a b/ü", `"\u0061"`: "a"} {
			if got := parse(t, fmt.Sprintf(`{"%s":%s}`, name, text)); got != withField(field, want) {
				t.Errorf("%s: %s: %+v", name, text, got)
			}
		}
		for _, value := range []string{"0", "1", "true", "null", "[]", "{}", `["a"]`, `"a\u0000b"`} {
			refusesConfig(t, fmt.Sprintf(`{"%s":%s}`, name, value), name)
		}
	}
}

// withField returns a configuration with this field set.
func withField[T any](field func(*config.Config) *T, value T) config.Config {
	var c config.Config
	*field(&c) = value
	return c
}

// parse parses a text that must not be refused.
func parse(t *testing.T, text string) config.Config {
	t.Helper()
	c, err := config.Parse([]byte(text))
	if err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return c
}

// refusesConfig fails the test unless a text is refused with a message that contains all
// of the words.
func refusesConfig(t *testing.T, text string, words ...string) {
	t.Helper()
	c, e := config.Parse([]byte(text))
	what := fmt.Sprintf("%.80q", text)
	if e == nil || e.Kind != fault.InvalidArgument {
		t.Errorf("%s: %v, want invalid_argument", what, e)
		return
	}
	if c != (config.Config{}) {
		t.Errorf("%s: refused, and %+v", what, c)
	}
	if len(e.Message) > 600 || !utf8.ValidString(e.Message) {
		t.Errorf("%s: a message of %d bytes", what, len(e.Message))
	}
	for _, word := range words {
		if !strings.Contains(e.Message, word) {
			t.Errorf("%s: the message %q doesn't say %q", what, e.Message, word)
		}
	}
}

func TestValidConfigurations(t *testing.T) {
	for text, want := range map[string]config.Config{
		"{}":                                    {},
		" \t\r\n{ } \n":                         {},
		`{"this_node":0}`:                       {},
		`{"on_process_failure":"skip"}`:         {OnProcessFailure: config.Skip},
		`{"on_process_failure":"restart"}`:      {OnProcessFailure: config.Restart},
		`{"on_process_failure":"\u0072estart"}`: {OnProcessFailure: config.Restart},
		`{"\u0074his_node":7}`:                  {ThisNode: 7},
		`{"this_node" : 18446744073709551615 , "inbox_capacity" : 1}`:      {ThisNode: math.MaxUint64, InboxCapacity: 1},
		`{"backpressure_on":5,"backpressure_off":5}`:                       {BackpressureOn: 5, BackpressureOff: 5},
		`{"inbox_capacity":10,"backpressure_on":5}`:                        {InboxCapacity: 10, BackpressureOn: 5},
		"{\n\t\"watchdog_ms\": 100,\r\n \"tick_interval_ms\": 2000\n}\n\n": {WatchdogMS: 100, TickIntervalMS: 2000},
	} {
		got := parse(t, text)
		if got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestInvalidConfigurations(t *testing.T) {
	const object = "object"
	for text, words := range map[string][]string{
		"":                           {object},
		" ":                          {object},
		"null":                       {object},
		"[]":                         {object},
		"1":                          {object},
		`"{}"`:                       {object},
		"{":                          {object},
		"}":                          {object},
		"{}{}":                       {object},
		"{} x":                       {object},
		"{}\x00":                     {object},
		"{\"this_node\":1}\x00":      {object},
		"{,}":                        {object},
		`{"this_node":1,}`:           {object},
		`{"this_node"}`:              {object},
		`{"this_node":}`:             {object},
		`{this_node:1}`:              {object},
		`{'this_node':1}`:            {object},
		`{"this_node":01}`:           {object},
		`{"this_node":+1}`:           {object},
		`{"this_node":0x10}`:         {object},
		`{"this_node":1_000}`:        {object},
		`{"this_node":NaN}`:          {object},
		"{\"this_node\":1 // one\n}": {object},
		`/**/{}`:                     {object},
		"\ufeff{}":                   {object},
		"\v{}":                       {object},
		"{\"this_node\":\xff}":       {"UTF-8"},
		"{\"\xff\":1}":               {"UTF-8"},
		`{"no_such_key":1}`:          {`"no_such_key"`, "this_node", "nearest"},
		`{"This_Node":1}`:            {`"This_Node"`},
		`{"":1}`:                     {`""`},
		`{"this_node":1,"x":null}`:   {`"x"`},
		`{"this_node\u0000":1}`:      {"this_node"},
		`{"` + strings.Repeat("x", 10_000) + `":1}`:                      {"xxx"},
		`{"on_process_failure":"Skip"}`:                                  {"on_process_failure", "restart"},
		`{"on_process_failure":""}`:                                      {"on_process_failure", "restart"},
		`{"on_process_failure":"sk` + strings.Repeat("i", 1_000) + `p"}`: {"on_process_failure", "restart"},
		"{\"this_node\":1,\n \"\\u0074his_node\":2}":                     {"this_node", "twice", "line 2, column 2"},
		"{\"this_node\":\n1.5}":                                          {"this_node", "line 1, column 2"},
		`{"on_process_failure":1}`:                                       {"on_process_failure", "restart"},
		`{"on_process_failure":null}`:                                    {"on_process_failure", "restart"},
		`{"on_process_failure":["skip"]}`:                                {"on_process_failure", "restart"},
		`{"backpressure_on":5,"backpressure_off":6}`:                     {"backpressure_off", "backpressure_on"},
		`{"backpressure_off":1001}`:                                      {"backpressure_off", "backpressure_on"},
		`{"inbox_capacity":10,"backpressure_off":9}`:                     {"backpressure_off", "backpressure_on"},
		`{"inbox_capacity":` + strings.Repeat("[", 100_000) + `}`:        {},
	} {
		refusesConfig(t, text, words...)
	}
}
