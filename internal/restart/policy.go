// Package restart decides when a failed daemon runs again: at once after a failure that
// comes alone, after a wait that doubles with each further one, or after a longer one if the
// daemon crash-loops.
package restart

import "time"

// Config says how long a daemon that fails is held.
type Config struct {
	First     time.Duration // the wait after the first failure; 0: none
	Initial   time.Duration // the wait after the second; each further one is twice the one before
	Max       time.Duration // the longest wait
	Threshold int           // this many failures within Window are a crash loop
	Window    time.Duration
	Cooldown  time.Duration // how long a crash loop holds the daemon
	Stable    time.Duration // after this long without a failure, earlier ones are forgotten
}

// Policy is the state machine of one daemon's restarts. It has no clock: the time is an
// argument. A nil Policy is that of a daemon that has not failed: only Fail needs one.
type Policy struct {
	config   Config
	failures []time.Time   // those within the window, oldest first
	again    bool          // the next failure is not the first
	wait     time.Duration // the last wait that was not the first; 0: there was none
	good     time.Time     // when the daemon began to run without a failure
	until    time.Time     // the daemon is held until then; zero: it is not held
	looping  bool          // it is held because it crash-loops
}

// New returns the policy of a daemon that has not failed.
func New(config Config) *Policy { return &Policy{config: config} }

// Fail notes a failure. It holds the daemon, unless the failure is the first and its wait is
// 0.
func (p *Policy) Fail(now time.Time) {
	if !p.good.IsZero() && now.Sub(p.good) >= p.config.Stable {
		p.failures, p.again, p.wait = nil, false, 0
	}
	first := !p.again
	p.again = true
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
	if first {
		p.hold(now, min(p.config.First, p.config.Max))
		return
	}
	p.wait = min(max(2*p.wait, p.config.Initial), p.config.Max)
	p.hold(now, p.wait)
}

// hold holds the daemon for a wait that is not a crash loop's.
func (p *Policy) hold(now time.Time, wait time.Duration) {
	if wait == 0 {
		p.good = now
		return
	}
	p.until = now.Add(wait)
}

// Held reports whether the daemon is held.
func (p *Policy) Held() bool { return p != nil && !p.until.IsZero() }

// Looping reports whether it is held because it crash-loops.
func (p *Policy) Looping() bool { return p != nil && p.looping }

// Left returns how long the daemon must still wait; 0 or less: it may continue.
func (p *Policy) Left(now time.Time) time.Duration {
	if !p.Held() {
		return 0
	}
	return p.until.Sub(now)
}

// Resume ends the hold. If the daemon soon fails again, the next wait is longer.
func (p *Policy) Resume(now time.Time) {
	if p == nil {
		return
	}
	p.good = now
	p.until = time.Time{}
	p.looping = false
}

// Release ends the hold and forgets the failures.
func (p *Policy) Release() {
	if p != nil {
		*p = Policy{config: p.config}
	}
}
