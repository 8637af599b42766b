package actor

import (
	"math"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/life"
	"netmeshos/internal/vitals"
)

// probe is what is known of how the daemon is. It is guarded by Actor.mu.
type probe struct {
	wanted   bool      // a probe has been requested
	taken    time.Time // when the last one was taken; zero: none was
	found    vitals.Vitals
	reported float32 // the saturation that was reported last
}

// saturationStep is by how many hundredths the saturation must have moved since it was
// last reported: one that trembles with each tick would leave room for nothing else in
// the log.
const saturationStep = 10

// RequestProbe has the daemon asked how it is. A request that still waits isn't
// repeated.
func (a *Actor) RequestProbe() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.probed() {
		a.probe.wanted = true
		a.schedule()
	}
}

// Probed reports whether the daemon is asked how it is: not if it has no such
// callback, nor once it has been stopped or ends.
func (a *Actor) Probed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.probed()
}

// probed needs mu held.
func (a *Actor) probed() bool { return a.features&HasProbe != 0 && a.lifecycle.processes() }

// Vitals is what the last probe found, and when; zero: there was none.
func (a *Actor) Vitals() (vitals.Vitals, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.probe.found, a.probe.taken
}

// takeProbe asks the daemon how it is. It needs mu and the token.
func (a *Actor) takeProbe() {
	a.probe.wanted = false
	a.mu.Unlock()
	call := a.holder.workspace.call
	call.BeginProbe(clock.Now())
	found := a.callbacks.Probe().Normal()
	if took := call.EndProbe(); took > 0 {
		a.overdueReturned(took)
	}
	a.mu.Lock()
	before := a.probe.found
	a.probe.found = found
	a.probe.taken = time.Now()
	if found != before {
		a.reportVitals(before, found)
	}
}

// reportVitals reports each change of the health, and a saturation that has moved
// enough. It needs mu held.
func (a *Actor) reportVitals(before, found vitals.Vitals) {
	if before.Health != found.Health {
		a.env.Hook(life.HealthChanged{Daemon: a.daemon(), From: before.Health, To: found.Health})
	}
	if moved := hundredths(found.Saturation) - hundredths(a.probe.reported); max(moved, -moved) >= saturationStep {
		a.env.Hook(life.SaturationChanged{Daemon: a.daemon(), From: a.probe.reported, To: found.Saturation})
		a.probe.reported = found.Saturation
	}
}

// hundredths makes steps between saturations exact.
func hundredths(share float32) int { return int(math.Round(float64(share) * 100)) }
