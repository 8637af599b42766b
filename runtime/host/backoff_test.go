package host

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	const s = time.Second
	config := BackoffConfig{Initial: s, Max: 5 * s, Threshold: 5, Window: 100 * s, Cooldown: 1000 * s, Stable: 50 * s}
	type failure struct {
		after time.Duration // from the end of the hold before
		held  time.Duration
		loops bool
	}
	for _, c := range []struct {
		rule     string
		config   func(*BackoffConfig)
		failures []failure
	}{
		{"each wait is twice the one before, up to the longest", func(c *BackoffConfig) { c.Threshold = 100 },
			[]failure{{0, 1 * s, false}, {0, 2 * s, false}, {0, 4 * s, false}, {0, 5 * s, false}, {0, 5 * s, false}}},
		{"a stable run forgets", func(c *BackoffConfig) { c.Threshold = 100 },
			[]failure{{0, 1 * s, false}, {0, 2 * s, false}, {49 * s, 4 * s, false}, {50 * s, 1 * s, false}, {0, 2 * s, false}}},
		{"so many failures within the window hold", nil,
			[]failure{{0, 1 * s, false}, {0, 2 * s, false}, {0, 4 * s, false}, {0, 5 * s, false}, {0, 1000 * s, true}}},
		{"after it the count begins anew", nil,
			[]failure{{0, 1 * s, false}, {0, 2 * s, false}, {0, 4 * s, false}, {0, 5 * s, false}, {0, 1000 * s, true}, {0, 5 * s, false}, {0, 5 * s, false}, {0, 5 * s, false}, {0, 5 * s, false}, {0, 1000 * s, true}}},
		{"failures that are far apart don't", func(c *BackoffConfig) { c.Stable = 1000 * s },
			[]failure{{0, 1 * s, false}, {30 * s, 2 * s, false}, {30 * s, 4 * s, false}, {30 * s, 5 * s, false}, {30 * s, 5 * s, false}, {30 * s, 5 * s, false}}},
		{"one is enough", func(c *BackoffConfig) { c.Threshold = 1 },
			[]failure{{0, 1000 * s, true}, {0, 1000 * s, true}}},
		{"the longest is shorter than the first", func(c *BackoffConfig) { c.Max = s / 2 },
			[]failure{{0, s / 2, false}, {0, s / 2, false}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			b := backoff{config: config}
			if c.config != nil {
				c.config(&b.config)
			}
			now := time.Unix(1000, 0)
			if _, held := b.held(now); held {
				t.Error("held before a failure")
			}
			for i, f := range c.failures {
				now = now.Add(f.after)
				b.fail(now)
				if left, held := b.held(now); !held || left != f.held || b.looping != f.loops {
					t.Fatalf("failure %d: held %v %v, loops %v; want %v, %v", i, held, left, b.looping, f.held, f.loops)
				}
				now = now.Add(f.held)
				if _, held := b.held(now); held {
					t.Fatalf("failure %d: held when the time is over", i)
				}
				b.resume(now)
			}
			b.fail(now)
			b.release()
			if _, held := b.held(now); held || b.looping || len(b.failures) > 0 || b.wait != 0 {
				t.Errorf("released, it is %+v", b)
			}
		})
	}
}

func TestTheNewestFailuresAreKept(t *testing.T) {
	var f Failures
	if f.Total() != 0 || len(f.Recent()) != 0 {
		t.Error("there are failures before the first")
	}
	for n := range uint64(3*FailuresKept + 7) {
		f.Add(Failure{Sequence: n})
		recent := f.Recent()
		if f.Total() != n+1 || len(recent) != min(int(n)+1, FailuresKept) {
			t.Fatalf("%d failures, %d kept, after %d", f.Total(), len(recent), n+1)
		}
		for i, each := range recent {
			if each.Sequence != n+1-uint64(len(recent))+uint64(i) {
				t.Fatalf("after %d, failure %d is %d", n+1, i, each.Sequence)
			}
		}
	}
}
