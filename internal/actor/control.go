package actor

import (
	"sync"

	"netmeshos/internal/control"
)

// mailbox leads to where the daemon receives control events.
type mailbox struct {
	channel *control.Channel
	order   sync.Mutex // held while an event is sent, so that the mailbox and on_control see the same order
}

// told holds the control events that on_control is still to be called with. It is
// guarded by Actor.mu.
type told struct{ waiting []control.Event }

// maxTold is how many control events wait for on_control: more than ever do, unless
// the callback hangs.
const maxTold = 4096

// Send sends a control event: it goes into the mailbox, and on_control is called with
// it. One doesn't depend on the other: a daemon with on_control need never empty its
// mailbox.
func (a *Actor) Send(e control.Event) {
	a.mailbox.order.Lock()
	defer a.mailbox.order.Unlock()
	a.mailbox.channel.Enqueue(e)
	if a.features&HasControl == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lifecycle.Open() && len(a.told.waiting) < maxTold {
		a.told.waiting = append(a.told.waiting, e)
		a.schedule()
	}
}

// tellNext calls on_control with the oldest event. It needs mu and the token.
func (a *Actor) tellNext() {
	e := a.told.waiting[0]
	a.told.waiting = a.told.waiting[1:]
	if len(a.told.waiting) == 0 {
		a.told.waiting = nil
	}
	a.mu.Unlock()
	a.run(func() { a.callbacks.OnControl(e) })
	a.mu.Lock()
}

// DroppedControlEvents is how many control events did not fit into the mailbox.
func (a *Actor) DroppedControlEvents() uint64 { return a.mailbox.channel.Dropped() }

// EndControlWaits ends the waits of those who receive control events.
func (a *Actor) EndControlWaits() { a.mailbox.channel.EndWaits() }

// DetachMailbox returns when the mailbox isn't touched any more.
func (a *Actor) DetachMailbox() { a.mailbox.channel.Detach() }
