package restart

import (
	"math"
	"testing"
	"time"

	"netmeshos/internal/testrand"
)

// standard is the default configuration.
var standard = Config{
	Initial:   500 * time.Millisecond,
	Max:       time.Minute,
	Threshold: 5,
	Window:    time.Minute,
	Cooldown:  5 * time.Minute,
	Stable:    time.Minute,
}

var dawn = time.UnixMilli(1_000_000)

// life drives a policy through time.
type life struct {
	t      *testing.T
	policy *Policy
	now    time.Time
}

func newLife(t *testing.T, config Config) *life {
	return &life{t, New(config), dawn}
}

// fails has the daemon fail after some time without a failure. It checks how long the
// daemon is held, and whether that is for a crash loop. Then it lets that time go by.
func (l *life) fails(after, held time.Duration, looping bool) {
	l.t.Helper()
	l.now = l.now.Add(after)
	l.policy.Fail(l.now)
	left := l.policy.Left(l.now)
	if l.policy.Held() != (held > 0) || left != held || l.policy.Looping() != looping {
		l.t.Errorf("%v after the dawn: held for %v, looping %v, want %v and %v", l.now.Sub(dawn), left, l.policy.Looping(), held, looping)
	}
	if held == 0 { // it goes on at once
		l.isFree()
		return
	}
	if left := l.policy.Left(l.now.Add(held - 1)); left != 1 {
		l.t.Errorf("held for %v at the last nanosecond", left)
	}
	l.now = l.now.Add(held)
	if left := l.policy.Left(l.now); left > 0 {
		l.t.Errorf("held for %v when the time is over", left)
	}
	l.policy.Resume(l.now)
	l.isFree()
}

func (l *life) isFree() {
	l.t.Helper()
	if left := l.policy.Left(l.now); left != 0 || l.policy.Looping() || l.policy.Held() {
		l.t.Errorf("held for %v, looping %v, want free", left, l.policy.Looping())
	}
}

func TestADaemonIsFreeAtFirst(t *testing.T) { newLife(t, standard).isFree() }

// A daemon that has not failed needs no policy.
func TestWithoutAPolicy(t *testing.T) {
	l := &life{t, nil, dawn}
	l.isFree()
	l.policy.Resume(dawn)
	l.policy.Release()
	l.isFree()
}

func TestWaitsDoubleUpToTheLongest(t *testing.T) {
	config := standard
	config.Threshold = math.MaxInt32
	l := newLife(t, config)
	for _, wait := range []time.Duration{0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000} {
		l.fails(0, wait*time.Millisecond, false)
	}
}

// The first wait is a setting of its own, and the others don't depend on it.
func TestTheFirstWait(t *testing.T) {
	for _, c := range []struct {
		name  string
		first time.Duration
		waits []time.Duration
	}{
		{"none", 0, []time.Duration{0, 500, 1_000}},
		{"shorter than the second", 3 * time.Millisecond, []time.Duration{3, 500, 1_000}},
		{"half the second, so that all double", 250 * time.Millisecond, []time.Duration{250, 500, 1_000}},
		{"longer than the second", time.Second, []time.Duration{1_000, 500, 1_000}},
		{"longer than the longest", time.Hour, []time.Duration{60_000, 500, 1_000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := standard
			config.First = c.first
			l := newLife(t, config)
			for range 3 {
				for _, wait := range c.waits {
					l.fails(0, wait*time.Millisecond, false)
				}
				l.now = l.now.Add(time.Minute) // forgets them
			}
		})
	}
}

// The minute without a failure begins with the restart, also with one at once.
func TestADaemonThatGoesOnAtOnceRunsFromThenOn(t *testing.T) {
	for good, wait := range map[time.Duration]time.Duration{time.Minute - 1: 500 * time.Millisecond, time.Minute: 0} {
		l := newLife(t, standard)
		l.now = l.now.Add(time.Hour)
		l.fails(0, 0, false)
		l.fails(good, wait, false)
	}
}

func TestFiveFailuresWithinAMinuteAreACrashLoop(t *testing.T) {
	for _, c := range []struct {
		name  string
		gap   time.Duration // time without a failure before each failure but the first
		waits []time.Duration
		loop  bool // the fifth failure is one too many
	}{
		{"at once", 0, []time.Duration{0, 500, 1_000, 2_000}, true},
		// the first and the fifth failure are 3.5 s and four gaps apart
		{"exactly a minute from the first to the fifth", 14_125 * time.Millisecond, []time.Duration{0, 500, 1_000, 2_000}, true},
		{"a nanosecond more than a minute", 14_125*time.Millisecond + 1, []time.Duration{0, 500, 1_000, 2_000}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLife(t, standard)
			for i, wait := range c.waits {
				gap := c.gap
				if i == 0 {
					gap = 0
				}
				l.fails(gap, wait*time.Millisecond, false)
			}
			if c.loop {
				l.fails(c.gap, 5*time.Minute, true)
			} else {
				l.fails(c.gap, 4*time.Second, false)
			}
		})
	}
}

func TestAfterACrashLoopTheCountBeginsAgain(t *testing.T) {
	l := newLife(t, standard)
	for range 4 {
		l.policy.Fail(l.now)
		l.policy.Resume(l.now)
	}
	l.fails(0, 5*time.Minute, true)
	// the wait has not been forgotten, because the daemon has not run without a failure for long enough
	l.fails(0, 4*time.Second, false)
	l.fails(0, 8*time.Second, false)
	l.fails(0, 16*time.Second, false)
	l.fails(0, 32*time.Second, false)
	l.fails(0, 5*time.Minute, true)
	l.fails(0, time.Minute, false)
	l.fails(0, time.Minute, false)
}

func TestACrashLoopFollowsAnother(t *testing.T) {
	config := standard
	config.Max = time.Second
	l := newLife(t, config)
	for range 3 {
		for range 4 {
			l.policy.Fail(l.now)
			l.policy.Resume(l.now)
		}
		l.fails(0, 5*time.Minute, true)
	}
}

func TestAMinuteWithoutAFailureForgetsEarlierOnes(t *testing.T) {
	for _, c := range []struct {
		name string
		good time.Duration
		wait time.Duration
	}{
		{"a nanosecond less", time.Minute - 1, 2 * time.Second},
		{"exactly a minute", time.Minute, 0},
		{"an hour", time.Hour, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLife(t, standard)
			for _, wait := range []time.Duration{0, 500, 1_000} {
				l.fails(0, wait*time.Millisecond, false)
			}
			l.fails(c.good, c.wait, false)
		})
	}
}

// The minute begins when the daemon runs again, not when it fails.
func TestAHoldDoesNotCountAsRunning(t *testing.T) {
	config := standard
	config.Initial, config.Max, config.Threshold = time.Minute, 4*time.Minute, 100
	l := newLife(t, config)
	l.fails(0, 0, false)
	l.fails(0, time.Minute, false)
	l.fails(0, 2*time.Minute, false)
	l.fails(0, 4*time.Minute, false)
	l.fails(59*time.Second, 4*time.Minute, false)
	l.fails(time.Minute, 0, false)
	l.fails(0, time.Minute, false)
}

func TestReleaseForgetsAll(t *testing.T) {
	for _, failures := range []int{1, 4, 5} {
		l := newLife(t, standard)
		for range failures {
			l.policy.Fail(l.now)
		}
		l.policy.Release()
		l.isFree()
		l.fails(0, 0, false)
		l.fails(0, 500*time.Millisecond, false)
		l.fails(0, time.Second, false)
	}
	l := newLife(t, standard)
	l.policy.Release() // of a daemon that never failed
	l.isFree()
}

func TestNumbersOfTheConfiguration(t *testing.T) {
	for _, c := range []struct {
		name   string
		config Config
		waits  []time.Duration
		loops  bool // the last wait is that of a crash loop
	}{
		{"a threshold of one", Config{Initial: 1, Max: 8, Threshold: 1, Window: 100, Cooldown: 50, Stable: 100}, []time.Duration{50}, true},
		{"a most below the first", Config{Initial: 10, Max: 3, Threshold: 9, Window: 1, Cooldown: 50, Stable: 100}, []time.Duration{0, 3, 3, 3}, false},
		{"waits longer than any", Config{First: math.MaxInt64, Initial: math.MaxInt64, Max: math.MaxInt64, Threshold: 9, Window: 1, Cooldown: 50, Stable: math.MaxInt64}, []time.Duration{math.MaxInt64}, false},
		{"a second wait longer than any", Config{Initial: math.MaxInt64, Max: math.MaxInt64, Threshold: 9, Window: 1, Cooldown: 50, Stable: math.MaxInt64}, []time.Duration{0, math.MaxInt64}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLife(t, c.config)
			for i, wait := range c.waits {
				l.fails(0, wait, c.loops && i == len(c.waits)-1)
			}
		})
	}
}

// After any failure but a first one, the daemon is held for at least the second wait and at
// most the longest wait or the cool-down; after a first one for the first wait, which may be
// 0. A crash loop needs as many failures as the threshold says. No more
// failures are kept than could matter.
func TestAnyHistory(t *testing.T) {
	random := testrand.New(t)
	span := func() time.Duration { return 1 + time.Duration(random.Int64N(int64(3*time.Minute))) }
	for range 500 {
		config := Config{Initial: span(), Threshold: 1 + random.IntN(6), Window: span(), Cooldown: span(), Stable: span()}
		config.Max = config.Initial + span()
		if random.IntN(2) == 0 {
			config.First = span()
		}
		b := New(config)
		now, sinceLoop, first, good := dawn, 0, true, time.Time{}
		for range 100 {
			first = first || !good.IsZero() && now.Sub(good) >= config.Stable
			b.Fail(now)
			sinceLoop++
			left := b.Left(now)
			switch {
			case first && !b.looping:
				if want := min(config.First, config.Max); left != want || b.Held() != (want > 0) {
					t.Fatalf("%+v: held for %v after a first failure", config, left)
				}
			case !b.Held() || left <= 0:
				t.Fatalf("%+v: not held after a failure", config)
			case b.looping && left != config.Cooldown:
				t.Fatalf("%+v: held for %v", config, left)
			case b.looping && sinceLoop < config.Threshold:
				t.Fatalf("%+v: a crash loop after %d failures", config, sinceLoop)
			case !b.looping && (left < config.Initial || left > config.Max):
				t.Fatalf("%+v: held for %v", config, left)
			case len(b.failures) >= config.Threshold:
				t.Fatalf("%+v: %d failures kept", config, len(b.failures))
			}
			if b.looping {
				sinceLoop = 0
			}
			first = false
			now = now.Add(left)
			if left > 0 {
				b.Resume(now)
			}
			good = now
			if random.IntN(2) == 0 {
				now = now.Add(span())
			}
			if random.IntN(20) == 0 {
				b.Release()
				sinceLoop, first, good = 0, true, time.Time{}
			}
		}
	}
}
