package logs_test

import (
	"testing"

	"netmeshos/internal/logs"
)

func TestLevels(t *testing.T) {
	for _, c := range []struct {
		level logs.Level
		abi   int32
		valid bool
		name  string
	}{
		{-1, -1, false, "unknown"},
		{logs.Trace, 0, true, "trace"},
		{logs.Debug, 1, true, "debug"},
		{logs.Info, 2, true, "info"},
		{logs.Warn, 3, true, "warn"},
		{logs.Error, 4, true, "error"},
		{5, 5, false, "unknown"},
		{1 << 30, 1 << 30, false, "unknown"},
	} {
		if int32(c.level) != c.abi || c.level.Valid() != c.valid || c.level.String() != c.name {
			t.Errorf("level %d: valid %v, name %s; want %d, %v, %s", int32(c.level), c.level.Valid(), c.level, c.abi, c.valid, c.name)
		}
	}
}
