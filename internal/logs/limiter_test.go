package logs_test

import (
	"testing"
	"time"

	"netmeshos/internal/logs"
)

func TestLimiter(t *testing.T) {
	var limiter logs.Limiter
	now := time.Now()
	passed, suppressed := 0, uint64(0)
	pass := func(times int) {
		for range times {
			if held, ok := limiter.Pass(now); ok {
				passed++
				suppressed += held
			}
		}
	}
	pass(100)
	if passed != logs.LimiterLines || suppressed != 0 {
		t.Errorf("%d of 100 passed, %d others suppressed", passed, suppressed)
	}
	now = now.Add(time.Second - 1)
	pass(1)
	if passed != logs.LimiterLines {
		t.Error("one more passes within the second")
	}
	now = now.Add(1)
	pass(100)
	if passed != 2*logs.LimiterLines || suppressed != 101-logs.LimiterLines {
		t.Errorf("%d passed in two seconds, %d others suppressed", passed, suppressed)
	}
}
