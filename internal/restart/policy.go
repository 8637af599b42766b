// Package restart decides when a failed daemon runs again: after a wait that doubles with
// each failure, or after a longer one if it crash-loops.
package restart

import "time"

// Config says how long a daemon that fails is held.
type Config struct {
	Initial   time.Duration // the first wait
	Max       time.Duration // the longest wait; each is twice the one before
	Threshold int           // this many failures within Window are a crash loop
	Window    time.Duration
	Cooldown  time.Duration // how long a crash loop holds the daemon
	Stable    time.Duration // after this long without a failure, earlier ones are forgotten
}

// Policy is the state machine of one daemon's restarts. It has no clock: the time is an
// argument.
type Policy struct {
	config   Config
	failures []time.Time // those within the window, oldest first
	wait     time.Duration
	good     time.Time // when the daemon began to run without a failure
	until    time.Time // the daemon is held until then; zero: it is not held
	looping  bool      // it is held because it crash-loops
}

// New returns the policy of a daemon that has not failed.
func New(config Config) Policy { return Policy{config: config} }

// Fail notes a failure and holds the daemon.
func (p *Policy) Fail(now time.Time) {
	if !p.good.IsZero() && now.Sub(p.good) >= p.config.Stable {
		p.failures, p.wait = nil, 0
	}
	p.failures = append(p.failures, now)
	for now.Sub(p.failures[0]) > p.config.Window {
		p.failures = p.failures[1:]
	}
	if len(p.failures) >= p.config.Threshold {
		p.failures = nil
		p.looping = true
		p.until = now.Add(p.config.Cooldown)
		return
	}
	p.wait = min(max(2*p.wait, p.config.Initial), p.config.Max)
	p.until = now.Add(p.wait)
}

// Held reports whether the daemon is held.
func (p *Policy) Held() bool { return !p.until.IsZero() }

// Looping reports whether it is held because it crash-loops.
func (p *Policy) Looping() bool { return p.looping }

// Left returns how long the daemon must still wait; 0 or less: it may continue.
func (p *Policy) Left(now time.Time) time.Duration {
	if !p.Held() {
		return 0
	}
	return p.until.Sub(now)
}

// Resume ends the hold. If the daemon soon fails again, the next wait is longer.
func (p *Policy) Resume(now time.Time) {
	p.good = now
	p.until = time.Time{}
	p.looping = false
}

// Release ends the hold and forgets the failures.
func (p *Policy) Release() { *p = Policy{config: p.config} }
