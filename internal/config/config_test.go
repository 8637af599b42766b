package config_test

import (
	"math"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
)

// complete is Complete for a configuration that must not be refused.
func complete(t *testing.T, c config.Config) config.Config {
	t.Helper()
	done, err := config.Complete(c)
	if err != nil {
		t.Fatalf("%+v: %v", c, err)
	}
	return done
}

// Hosts rely on the header's table: every key has a line there with its default, and
// every line has a key.
func TestDefaultsAreThoseOfTheHeader(t *testing.T) {
	header, err := os.ReadFile("../../include/net_meshos_ext.h")
	if err != nil {
		t.Fatal(err)
	}
	defaults := complete(t, config.Config{})
	lines := regexp.MustCompile(`(?m)^ \*   ([a-z_]+) +("[a-z_]*"|[0-9]+) `).FindAllStringSubmatch(string(header), -1)
	for _, line := range lines {
		var value string
		if key, known := configNumbers[line[1]]; known {
			value = strconv.FormatUint(*key.field(&defaults), 10)
		} else if key, known := configWords[line[1]]; known {
			value = strconv.Quote(*key.field(&defaults))
		} else if field, known := configTexts[line[1]]; known {
			value = strconv.Quote(*field(&defaults))
		} else {
			t.Errorf("the header has %s, which is no key", line[1])
			continue
		}
		if value != line[2] {
			t.Errorf("%s is %s, but %s in the header", line[1], value, line[2])
		}
	}
	if numbered := len(configKeys()) - 1; len(lines) != numbered { // mesh has a table of its own
		t.Errorf("%d keys, %d in the header", numbered, len(lines))
	}
}

// The mailbox of a Go program must have the capacity that the header promises.
func TestControlCapacityIsTheMailboxes(t *testing.T) {
	if n := complete(t, config.Config{}).ControlCapacity; n != control.DefaultCapacity {
		t.Errorf("%d, but a mailbox has %d", n, control.DefaultCapacity)
	}
}

// A field without a key could only be set by Go programs, and Overlay would lose it.
func TestEachFieldHasAKey(t *testing.T) {
	var c config.Config
	for _, key := range configNumbers {
		*key.field(&c)++
	}
	for _, key := range configWords {
		*key.field(&c) += key.allowed[0]
	}
	for _, field := range configTexts {
		*field(&c) += "text"
	}
	fields := reflect.ValueOf(c)
	if fields.NumField() != len(configKeys()) {
		t.Errorf("%d fields, %d keys", fields.NumField(), len(configKeys()))
	}
	for i := range fields.NumField() {
		if field := fields.Field(i); field.Kind() == reflect.Uint64 && field.Uint() != 1 {
			t.Errorf("%d keys are %s", field.Uint(), fields.Type().Field(i).Name)
		}
		if field := fields.Field(i); field.Kind() == reflect.String && field.String() == "" {
			t.Errorf("no key is %s", fields.Type().Field(i).Name)
		}
	}
	if got := (config.Config{}).Overlay(c); got != c {
		t.Errorf("%+v, want %+v", got, c)
	}
}

// The message about an unknown key names the known ones that are most like it, and not all.
func TestTheMessageNamesTheNearestKeys(t *testing.T) {
	nearest := func(text string) []string {
		_, err := config.Parse([]byte(text))
		_, list, _ := strings.Cut(err.Message, "the nearest")
		_, list, _ = strings.Cut(list, " are ")
		return strings.Split(list, ", ")
	}
	for _, name := range configKeys() {
		for _, typo := range []string{name + "x", name[1:], strings.Replace(name, name[2:3], "q", 1)} {
			if names := nearest(`{"` + typo + `":1}`); len(names) != 3 || names[0] != name {
				t.Errorf("%s: %q, want %s first", typo, names, name)
			}
		}
	}
	for text, want := range map[string]string{
		`{"watchdog":1}`:                               "watchdog_ms",
		`{"state-dir":1}`:                              "state_dir",
		`{"mesh":{"server":["x"]}}`:                    "servers",
		`{"mesh":{"lease":1}}`:                         "lease_ms",
		`{"` + strings.Repeat("mesh", 50_000) + `":1}`: "",
	} {
		if names := nearest(text); len(names) != 3 || want != "" && names[0] != want {
			t.Errorf("%.40s: %q, want %s first", text, names, want)
		}
	}
}

// Arguments take precedence over a file.
func TestOverlay(t *testing.T) {
	for name, key := range configNumbers {
		var base, over config.Config
		*key.field(&base) = 5
		if got := base.Overlay(over); got != base {
			t.Errorf("%s: %+v", name, got)
		}
		*key.field(&over) = 6
		if got := base.Overlay(over); got != over {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, key := range configWords {
		base, over := withField(key.field, key.allowed[0]), withField(key.field, key.allowed[1])
		if base.Overlay(over) != over || base.Overlay(config.Config{}) != base {
			t.Error(name)
		}
	}
	for name, field := range configTexts {
		base, over := withField(field, "one"), withField(field, "other")
		if base.Overlay(over) != over || base.Overlay(config.Config{}) != base {
			t.Error(name)
		}
	}
}

// Values that a program sets without JSON are checked too, except for the control
// capacity, which each registration checks.
func TestComplete(t *testing.T) {
	for key, field := range map[string]func(*config.Config) *uint64{
		"event_queue_capacity":  func(c *config.Config) *uint64 { return &c.EventQueueCapacity },
		"action_queue_capacity": func(c *config.Config) *uint64 { return &c.ActionQueueCapacity },
		"inbox_capacity":        func(c *config.Config) *uint64 { return &c.InboxCapacity },
	} {
		var c config.Config
		*field(&c) = config.CapacityLimit
		if _, err := config.Complete(c); err == nil || err.Kind != fault.RuntimePanic || !strings.Contains(err.Message, key) {
			t.Errorf("%s: %v, want runtime_panic", key, err)
		}
		*field(&c) = config.CapacityLimit - 1
		complete(t, c)
	}
	complete(t, config.Config{ControlCapacity: config.CapacityLimit})
	complete(t, config.Config{MaxPayloadBytes: math.MaxUint64, CrashLoopThreshold: math.MaxUint64, BackpressureOn: math.MaxUint64})
	for _, c := range []config.Config{{OnProcessFailure: "stop"}, {BackpressureOn: 5, BackpressureOff: 6}} {
		if _, err := config.Complete(c); err == nil || err.Kind != fault.InvalidArgument {
			t.Errorf("%+v: %v, want invalid_argument", c, err)
		}
	}
	if err := config.CheckCapacity("control_capacity", config.CapacityLimit); err == nil || err.Kind != fault.RuntimePanic {
		t.Errorf("%v", err)
	}
	set := config.Config{WatchdogMS: 7, OnProcessFailure: config.Restart}
	if got := complete(t, set); got.WatchdogMS != 7 || got.OnProcessFailure != config.Restart || got.TickIntervalMS != 500 {
		t.Errorf("%+v", got)
	}
}

// Small inboxes have their marks at 80 % and 20 %.
func TestMarksOfSmallInboxes(t *testing.T) {
	for capacity, want := range map[uint64][2]uint64{
		1: {1, 1}, 2: {1, 1}, 4: {3, 1}, 10: {8, 2}, 100: {80, 20}, 1_000: {800, 200}, 1_249: {999, 200}, 1_250: {1_000, 200},
		config.CapacityLimit - 1: {1_000, 200},
	} {
		got := complete(t, config.Config{InboxCapacity: capacity})
		if got.BackpressureOn != want[0] || got.BackpressureOff != want[1] {
			t.Errorf("%d: %d and %d, want %d", capacity, got.BackpressureOn, got.BackpressureOff, want)
		}
	}
}
