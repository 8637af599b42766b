package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"netmeshos/internal/config"
	"netmeshos/internal/fault"
)

func TestArgumentsComeBeforeTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(`{"this_node":1,"control_capacity":2,"watchdog_ms":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := config.Config{ThisNode: 9, TickIntervalMS: 8}
	for given, want := range map[string]config.Config{
		"":   arguments,
		path: {ThisNode: 9, TickIntervalMS: 8, ControlCapacity: 2, WatchdogMS: 7},
	} {
		if got, err := config.ForArguments(given, arguments); err != nil || got != want {
			t.Errorf("path %q: %+v %v, want %+v", given, got, err, want)
		}
	}
	if _, err := config.ForArguments(path+".none", arguments); err == nil || err.Kind != fault.ConfigInvalid {
		t.Errorf("no such file: %v, want config_invalid", err)
	}
}
