package actor

import (
	"math"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/life"
	"netmeshos/internal/vitals"
)

// probe is the result of the last probe, and whether another is requested. It is guarded
// by Actor.mu.
type probe struct {
	wanted bool    // a probe has been requested
	last   *probed // nil until one has been taken
}

// probed is the result of a probe.
type probed struct {
	taken    time.Time
	found    vitals.Vitals
	reported float32 // the saturation reported last
}

// vitals returns what the last probe found.
func (p *probe) vitals() vitals.Vitals {
	if p.last == nil {
		return vitals.Vitals{}
	}
	return p.last.found
}

// saturationStep is how many hundredths the saturation must move before it is reported
// again. A saturation that changes slightly with each tick would otherwise fill the log.
const saturationStep = 10

// RequestProbe requests a probe. It does nothing if a requested probe has not been taken
// yet.
func (a *Actor) RequestProbe() {
	a.lock()
	defer a.mu.Unlock()
	if a.probed() {
		a.probe.wanted = true
		a.schedule()
	}
}

// Probed reports whether the daemon is probed: it has a callback for that, and is neither
// stopped nor ended.
func (a *Actor) Probed() bool {
	a.lock()
	defer a.mu.Unlock()
	return a.probed()
}

// probed is Probed. It needs mu held.
func (a *Actor) probed() bool { return a.features&HasProbe != 0 && a.lifecycle.processes() }

// Vitals returns what the last probe found, and when that was; zero: never.
func (a *Actor) Vitals() (vitals.Vitals, time.Time) {
	a.lock()
	defer a.mu.Unlock()
	if a.probe.last == nil {
		return vitals.Vitals{}, time.Time{}
	}
	return a.probe.last.found, a.probe.last.taken
}

// takeProbe probes the daemon. It needs mu and the token.
func (a *Actor) takeProbe() {
	a.probe.wanted = false
	a.mu.Unlock()
	call := a.holder.workspace.call
	call.BeginProbe(clock.Now())
	found := a.callbacks.Probe().Normal()
	if took := call.EndProbe(); took > 0 {
		a.overdueReturned(took)
	}
	a.lock()
	if a.probe.last == nil {
		a.probe.last = new(probed)
	}
	before := a.probe.last.found
	a.probe.last.found = found
	a.probe.last.taken = time.Now()
	if found != before {
		a.reportVitals(before, found)
	}
}

// reportVitals reports every change of the health, and a saturation that has moved by
// saturationStep. It needs mu held.
func (a *Actor) reportVitals(before, found vitals.Vitals) {
	if before.Health != found.Health {
		a.happened(life.HealthChanged{Daemon: a.daemon(), From: before.Health, To: found.Health})
	}
	if moved := hundredths(found.Saturation) - hundredths(a.probe.last.reported); max(moved, -moved) >= saturationStep {
		a.happened(life.SaturationChanged{Daemon: a.daemon(), From: a.probe.last.reported, To: found.Saturation})
		a.probe.last.reported = found.Saturation
	}
}

// hundredths converts a saturation to whole hundredths, so that steps are exact.
func hundredths(share float32) int { return int(math.Round(float64(share) * 100)) }
