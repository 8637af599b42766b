package logs_test

import (
	"testing"
	"time"

	"netmeshos/internal/logs"
)

func TestAFloodPassesInParts(t *testing.T) {
	var flood logs.Flood
	now := time.Now()
	passed, told := 0, uint64(0)
	pass := func(times int) {
		for range times {
			if held, ok := flood.Pass(now); ok {
				passed++
				told += held
			}
		}
	}
	pass(100)
	if passed != logs.FloodLines || told != 0 {
		t.Errorf("%d of 100 passed, told of %d others", passed, told)
	}
	now = now.Add(time.Second - 1)
	pass(1)
	if passed != logs.FloodLines {
		t.Error("one more passes within the second")
	}
	now = now.Add(1)
	pass(100)
	if passed != 2*logs.FloodLines || told != 101-logs.FloodLines {
		t.Errorf("%d passed in two seconds, told of %d others", passed, told)
	}
	if logs.Others(0) != "" || logs.Others(7) != "; 7 others before it are not shown" {
		t.Errorf("%q, %q", logs.Others(0), logs.Others(7))
	}
}
