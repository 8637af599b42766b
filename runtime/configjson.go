package meshos

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"netmeshos/internal/fault"
)

// configKey is one key of the JSON configuration.
type configKey struct {
	name   string
	number func(*Config) *uint64
	most   uint64 // the greatest number that is taken
}

var configKeys = []configKey{
	{"this_node", func(c *Config) *uint64 { return &c.ThisNode }, math.MaxUint64},
	{"tick_interval_ms", func(c *Config) *uint64 { return &c.TickIntervalMS }, math.MaxUint64},
	{"event_queue_capacity", func(c *Config) *uint64 { return &c.EventQueueCapacity }, CapacityLimit - 1},
	{"action_queue_capacity", func(c *Config) *uint64 { return &c.ActionQueueCapacity }, CapacityLimit - 1},
	{"control_capacity", func(c *Config) *uint64 { return &c.ControlCapacity }, CapacityLimit - 1},
	{"inbox_capacity", func(c *Config) *uint64 { return &c.InboxCapacity }, CapacityLimit - 1},
	{"max_payload_bytes", func(c *Config) *uint64 { return &c.MaxPayloadBytes }, math.MaxInt64},
	{"backoff_initial_ms", func(c *Config) *uint64 { return &c.BackoffInitialMS }, math.MaxUint64},
	{"backoff_max_ms", func(c *Config) *uint64 { return &c.BackoffMaxMS }, math.MaxUint64},
	{"crash_loop_threshold", func(c *Config) *uint64 { return &c.CrashLoopThreshold }, math.MaxInt32},
	{"crash_loop_window_ms", func(c *Config) *uint64 { return &c.CrashLoopWindowMS }, math.MaxUint64},
	{"crash_loop_cooldown_ms", func(c *Config) *uint64 { return &c.CrashLoopCooldownMS }, math.MaxUint64},
	{"stable_run_ms", func(c *Config) *uint64 { return &c.StableRunMS }, math.MaxUint64},
	{"drain_deadline_ms", func(c *Config) *uint64 { return &c.DrainDeadlineMS }, math.MaxUint64},
	{"recovery_ramp_ms", func(c *Config) *uint64 { return &c.RecoveryRampMS }, math.MaxUint64},
	{"backpressure_on", func(c *Config) *uint64 { return &c.BackpressureOn }, math.MaxInt64},
	{"backpressure_off", func(c *Config) *uint64 { return &c.BackpressureOff }, math.MaxInt64},
	{"watchdog_ms", func(c *Config) *uint64 { return &c.WatchdogMS }, math.MaxUint64},
}

const failureKey = "on_process_failure"

// ParseConfig reads a configuration from one JSON object whose keys are all
// optional. Every error is invalid_argument and names the key.
func ParseConfig(text []byte) (Config, error) {
	var c Config
	if err := parseConfig(text, &c); err != nil {
		return Config{}, err
	}
	if _, err := c.complete(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// ReadConfig is ParseConfig of a file. Every error is config_invalid.
func ReadConfig(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fault.New(fault.ConfigInvalid, "the configuration file can't be read: %w", err)
	}
	c, err := ParseConfig(text)
	if err != nil {
		return Config{}, fault.New(fault.ConfigInvalid, "the configuration file %s: %w", shorten(path), err)
	}
	return c, nil
}

func parseConfig(text []byte, c *Config) *Error {
	if !utf8.Valid(text) {
		return fault.New(fault.InvalidArgument, "the configuration is not valid UTF-8")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t\n\r"), []byte{'{'}) {
		return fault.New(fault.InvalidArgument, `the configuration must be one JSON object, such as {"tick_interval_ms": 100}`)
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return fault.New(fault.InvalidArgument, "the configuration is not one JSON object: %w", err)
	}
	for _, name := range slices.Sorted(keysOf(values)) {
		if err := setKey(c, name, bytes.TrimSpace(values[name])); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(m map[string]json.RawMessage) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func setKey(c *Config, name string, value []byte) *Error {
	if name == failureKey {
		if err := json.Unmarshal(value, &c.OnProcessFailure); err != nil || len(value) == 0 || value[0] != '"' {
			return fault.New(fault.InvalidArgument, "%s must be a string, %q or %q, but is %s", failureKey, Skip, Restart, shorten(string(value)))
		}
		if c.OnProcessFailure != Skip && c.OnProcessFailure != Restart {
			return fault.New(fault.InvalidArgument, "%s must be %q or %q, but is %s", failureKey, Skip, Restart, shorten(string(value)))
		}
		return nil
	}
	at := slices.IndexFunc(configKeys, func(k configKey) bool { return k.name == name })
	if at < 0 {
		return fault.New(fault.InvalidArgument, "the configuration has no key %q; the keys are %s", shorten(name), keyNames())
	}
	key := configKeys[at]
	if len(value) == 0 || strings.Trim(string(value), "0123456789") != "" {
		return fault.New(fault.InvalidArgument, "%s must be a whole number from 0 to %d, but is %s", name, key.most, shorten(string(value)))
	}
	number, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil || number > key.most {
		return fault.New(fault.InvalidArgument, "%s is %s, but must not be greater than %d", name, shorten(string(value)), key.most)
	}
	*key.number(c) = number
	return nil
}

func keyNames() string {
	names := []string{failureKey}
	for _, k := range configKeys {
		names = append(names, k.name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Overlay returns c with every field that over sets.
func (c Config) Overlay(over Config) Config {
	for _, k := range configKeys {
		if v := *k.number(&over); v != 0 {
			*k.number(&c) = v
		}
	}
	if over.OnProcessFailure != "" {
		c.OnProcessFailure = over.OnProcessFailure
	}
	return c
}
