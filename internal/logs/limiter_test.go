package logs_test

import (
	"testing"
	"time"

	"netmeshos/internal/logs"
)

func TestLimiter(t *testing.T) {
	var limiter logs.Limiter
	now := time.Now()
	passed, told := 0, uint64(0)
	pass := func(times int) {
		for range times {
			if held, ok := limiter.Pass(now); ok {
				passed++
				told += held
			}
		}
	}
	pass(100)
	if passed != logs.LimiterLines || told != 0 {
		t.Errorf("%d of 100 passed, told of %d others", passed, told)
	}
	now = now.Add(time.Second - 1)
	pass(1)
	if passed != logs.LimiterLines {
		t.Error("one more passes within the second")
	}
	now = now.Add(1)
	pass(100)
	if passed != 2*logs.LimiterLines || told != 101-logs.LimiterLines {
		t.Errorf("%d passed in two seconds, told of %d others", passed, told)
	}
}
