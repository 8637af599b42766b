package actor

import "time"

// BackoffConfig says how a daemon that fails is restarted.
type BackoffConfig struct {
	Initial   time.Duration // the first wait
	Max       time.Duration // the longest; each wait is twice the one before
	Threshold int           // so many failures within Window hold the daemon
	Window    time.Duration
	Cooldown  time.Duration // for so long
	Stable    time.Duration // so long without a failure, and all is forgotten
}

// backoff decides when a daemon that has failed may go on. It is a pure state
// machine: the time comes in.
type backoff struct {
	config   BackoffConfig
	failures []time.Time // those within the window, oldest first
	wait     time.Duration
	good     time.Time // since when the daemon runs without a failure
	until    time.Time // the daemon is held until then; zero: it is not held
	looping  bool      // it is held because it crash-loops
}

// fail notes a failure and holds the daemon.
func (b *backoff) fail(now time.Time) {
	if !b.good.IsZero() && now.Sub(b.good) >= b.config.Stable {
		b.failures, b.wait = nil, 0
	}
	b.failures = append(b.failures, now)
	for now.Sub(b.failures[0]) > b.config.Window {
		b.failures = b.failures[1:]
	}
	if len(b.failures) >= b.config.Threshold {
		b.failures = nil
		b.looping = true
		b.until = now.Add(b.config.Cooldown)
		return
	}
	b.wait = min(max(2*b.wait, b.config.Initial), b.config.Max)
	b.until = now.Add(b.wait)
}

// held reports whether the daemon must still wait, and for how long.
func (b *backoff) held(now time.Time) (time.Duration, bool) {
	if b.until.IsZero() {
		return 0, false
	}
	left := b.until.Sub(now)
	return left, left > 0
}

// resume ends the hold; the wait goes on growing if the daemon fails again
// soon.
func (b *backoff) resume(now time.Time) {
	b.good = now
	b.until = time.Time{}
	b.looping = false
}

// release ends the hold and forgets the failures.
func (b *backoff) release() { *b = backoff{config: b.config} }
