package actor

import (
	"slices"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/latency"
	"netmeshos/internal/life"
	"netmeshos/internal/vitals"
)

// Stats is what an actor counts.
type Stats struct {
	EventsIn    uint64 // processed, failed ones included
	Outputs     uint64 // emitted by events that did not fail
	Failed      uint64
	Discarded   uint64 // events that were not processed because the daemon had been stopped
	Restarts    uint64
	LastFailure *life.Failed // nil: none
}

// happened counts a life event and passes it to the hook. It needs mu held for an event
// that is counted.
func (a *Actor) happened(e life.Event) {
	switch e := e.(type) {
	case life.Failed:
		a.stats.Failed++
		a.stats.LastFailure = &e
	case life.BackedOff:
		a.stats.Restarts++
	case life.Discarded:
		if a.retired {
			a.env.LateDiscards.Add(uint64(e.Events))
		} else {
			a.stats.Discarded += uint64(e.Events)
		}
	}
	a.env.Hook(e)
}

// discarded counts events that won't be processed. late: they were never in the inbox;
// the others have been removed from it. It needs mu held.
func (a *Actor) discarded(events int, late bool) {
	if events == 0 {
		return
	}
	if !late {
		a.env.Gauge.Add(-events)
	}
	a.happened(life.Discarded{Daemon: a.daemon(), Events: events, Late: late})
}

// count adds a batch to the statistics, and holds the daemon if it failed and failures
// restart it. It needs mu and the token.
func (a *Actor) count(in event.Batch) {
	result := &a.holder.workspace.Result
	a.stats.EventsIn += uint64(result.Handled)
	a.stats.Outputs += uint64(result.Emitted)
	a.countUnsaved(result.Handled)
	if result.Handled > 0 {
		a.rate(a.holder.workspace.Request.Start.At, result.Handled)
	}
	for _, s := range result.Times {
		if a.latency == nil {
			a.latency = new(latency.Histogram)
		}
		a.latency.Add(s.Took, s.Count)
	}
	for _, f := range result.Failures {
		if !f.Lost {
			a.failed(in.Metas[f.Index], f)
		}
	}
}

// rate counts processed events for the rates. It needs mu held.
func (a *Actor) rate(at time.Duration, events int) {
	if a.rates == nil {
		a.rates = newRates(at)
	}
	a.rates.add(at, events)
}

// Retire returns the actor's statistics, once. What the actor discards later is counted in
// Env.LateDiscards, so that the totals over current and retired actors stay exact.
func (a *Actor) Retire() Stats {
	a.lock()
	defer a.mu.Unlock()
	if a.retired {
		return Stats{}
	}
	a.retired = true
	return a.counted()
}

// counted returns the statistics, and in them what the host has processed. It needs mu
// held.
func (a *Actor) counted() Stats {
	stats := a.stats
	if w := a.holder.workspace; w != nil {
		stats.EventsIn += w.before.events
		stats.Outputs += w.before.outputs
	}
	return stats
}

// View is a snapshot of an actor, for runtime_json.
type View struct {
	Lifecycle string // one word, see docs/runtime-json.md
	Vitals    vitals.Vitals
	Stats     Stats
	Waiting   int           // events in the inbox
	Running   time.Duration // how long the running callback has run; 0: none runs
	Overdue   bool
	Latency   latency.Summary
	Took      latency.Distribution
	Rates     Rates
	Backoff   time.Duration // what is left of the wait after a failure; 0: it isn't held
	To        []uint64      // the ids of its subscribers, ascending
}

// View returns a snapshot of the actor at now, by clock.Now.
func (a *Actor) View(now time.Duration) View {
	a.lock()
	defer a.mu.Unlock()
	v := View{
		Lifecycle: a.shownLifecycle(),
		Vitals:    a.probe.vitals(),
		Stats:     a.counted(),
		Waiting:   a.inbox.depth(),
		Latency:   a.latency.Summary(),
		Took:      a.latency.Distribution(),
		Rates:     a.rates.at(now),
	}
	if a.recovery.policy.Held() {
		v.Backoff = max(0, a.recovery.policy.Left(time.Now()))
	}
	if subscriptions := a.outbox.subscriptions.Load(); subscriptions != nil {
		for _, s := range *subscriptions {
			if s.until == noEnd {
				v.To = append(v.To, s.to.ID())
			}
		}
		slices.Sort(v.To)
	}
	if w := a.holder.workspace; a.token.held && w != nil {
		v.Running, v.Overdue = w.call.Running(now)
	}
	return v
}

// shownLifecycle returns the lifecycle's name, or why a running daemon is held. It needs
// mu held.
func (a *Actor) shownLifecycle() string {
	shown := a.lifecycle.shown()
	switch {
	case shown != "running":
	case a.recovery.policy.Looping():
		return "crash_looping"
	case a.recovery.policy.Held():
		return "backing_off"
	}
	return shown
}
