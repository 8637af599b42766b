package actor

import (
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// slow is how long a host's event takes that is timed for that, and stands for itself: a
// kernel's tick.
const slow = 10 * time.Millisecond

// Lender is a Stage through which an idle actor lends its token to the host. While it is
// lent, the host may take it, process one event, and put it back, without a call to the
// actor. All methods need Actor.mu held.
type Lender interface {
	// Lend lends the token. next is the number of the next output.
	Lend(next uint64)
	// Recall takes the token back. If the host has it, running is what the host processes
	// with, since when: then the host calls Returned. Otherwise the actor has it again.
	Recall() (running Native, since time.Duration)
	// Processed returns what the host has processed since Lend. While the host has the
	// token, its event may be among that, or not.
	Processed() (events, outputs uint64)
	// Settle is Processed for the last time, and is called when the actor has the token
	// again.
	Settle() (events, outputs uint64)
}

// loan is what became of the token. It is guarded by Actor.mu.
type loan struct {
	lent   bool // the host may have the token
	listed bool // Activity.Recall will take it back
	wanted bool // it is to be lent at the next occasion
}

// lock locks mu. From then on the token is not lent: either the actor has it, or it is
// held.
func (a *Actor) lock() {
	a.mu.Lock()
	if a.loan.lent {
		a.recall()
	}
}

// recall takes the token back. It needs mu held.
func (a *Actor) recall() {
	a.loan.lent = false
	running, since := a.inbox.stage.(Lender).Recall()
	if running == nil {
		a.countHosts(a.settle())
		a.countBusy()
		return
	}
	a.token.held = true
	w := a.env.workspaces.getFor(a, running)
	w.before.events, w.before.outputs = a.inbox.stage.(Lender).Processed()
	w.call.Begin(since, true)
	a.holder.workspace = w
}

// settle returns what the host has processed. It needs mu and the token.
func (a *Actor) settle() (events, outputs uint64) {
	events, outputs = a.inbox.stage.(Lender).Settle()
	a.holder.outputs += outputs
	return events, outputs
}

// countHosts counts what the host has processed. It needs mu and the token.
func (a *Actor) countHosts(events, outputs uint64) {
	a.stats.EventsIn += events
	a.stats.Outputs += outputs
	if events > 0 {
		a.rate(clock.Now(), int(events))
	}
}

// lend lends the token if Deliver would take it at once, and would have nothing to do but
// process an event and pass its outputs to the caller. It needs mu held.
func (a *Actor) lend() {
	lender, ok := a.inbox.stage.(Lender)
	if !ok || a.token.held || a.token.busy || a.inbox.open || a.lifecycle != Running || a.refusal() != nil || a.recovery.holds() ||
		a.recovery.restore || a.outbox.subscriptions.Load() != nil || a.env.Sink.set() || a.saves() {
		return
	}
	lender.Lend(a.holder.outputs + 1)
	a.loan.lent = true
	a.countBusy()
	if !a.loan.listed {
		a.loan.listed = true
		a.env.Activity.listLent(a)
	}
	if a.env.Activity.isAwaited() { // looked at after the token is listed: see Activity.Idle
		a.recall()
	}
}

// lendNoMore has Activity forget an actor that ends. It needs mu held.
func (a *Actor) lendNoMore() {
	if a.loan.listed {
		a.loan.listed = false
		a.env.Activity.unlistLent(a)
	}
}

// unlist takes the token back, for Activity.Recall.
func (a *Actor) unlist() {
	a.lock()
	defer a.mu.Unlock()
	a.loan.listed = false
}

// Returned ends a Deliver that the host has begun with the lent token: it has processed
// the event, if the workspace's result says so, and the reply has its outputs.
func (a *Actor) Returned(e event.Event) *fault.Error {
	a.lock()
	events, outputs := a.settle()
	w := a.holder.workspace
	a.mu.Unlock()
	passed := false
	defer func() {
		if !passed { // a defect
			a.lock()
			a.giveUp(events, outputs)
		}
	}()
	w.one[0] = event.Meta{Origin: e.Origin, Sequence: e.Sequence, Length: uint64(len(e.Payload))}
	in := event.Batch{Metas: w.one[:], Bytes: e.Payload}
	w.Request = Request{DaemonID: a.callee.ID, FirstOutput: a.holder.outputs + 1, Start: Start{At: clock.Now()}}
	w.Result.reset()
	w.Native.Collect(&w.Result)
	if t := w.Result.Times; len(t) > 0 && t[0].Took < slow {
		t[0].Count += uint32(events) // it stands for those before it
	}
	result := a.passOn(in, nil)
	passed = true
	a.lock()
	w.before = processed{}
	a.countHosts(events, outputs)
	a.count(in)
	err := a.deliverError(result, e)
	a.loan.wanted = true
	a.returnToken()
	return err
}

// Abandon ends a Deliver for which Returned has panicked before it took the token: the
// daemon goes on, and that event isn't counted.
func (a *Actor) Abandon() {
	a.lock()
	a.giveUp(a.settle())
}

// giveUp returns a token that the host had, and counts what it processed before. It needs
// mu and the token, and unlocks mu.
func (a *Actor) giveUp(events, outputs uint64) {
	a.returned()
	a.holder.workspace.before = processed{}
	a.countHosts(events, outputs)
	a.loan.wanted = true
	a.returnToken()
}
