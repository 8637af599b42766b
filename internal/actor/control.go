package actor

import (
	"sync"

	"netmeshos/internal/control"
	"netmeshos/internal/life"
)

// mailbox is the actor's end of the channel on which the daemon receives control events.
type mailbox struct {
	channel *control.Channel
	sending sync.Mutex // held while an event is sent, so that the mailbox and on_control see the same order
}

// controlEvents holds the control events that wait for on_control. It is guarded by
// Actor.mu.
type controlEvents struct{ waiting []control.Event }

// wait reports whether any waits. There is none in a nil one.
func (c *controlEvents) wait() bool { return c != nil && len(c.waiting) > 0 }

// maxControlEvents bounds the control events that wait for on_control. Only a callback
// that hangs lets so many pile up.
const maxControlEvents = 4096

// Send sends the daemon a control event: it puts the event into the mailbox and has
// on_control called with it. The two are independent: a daemon with on_control need never
// empty its mailbox.
func (a *Actor) Send(e control.Event) {
	a.mailbox.sending.Lock()
	defer a.mailbox.sending.Unlock()
	if _, firstDrop := a.mailbox.channel.Enqueue(e); firstDrop {
		a.happened(life.ControlDropped{Daemon: a.daemon(), Kind: e.Kind})
	}
	if a.features&HasControl == 0 {
		return
	}
	a.lock()
	defer a.mu.Unlock()
	if a.lifecycle.Open() {
		if a.controlEvents == nil {
			a.controlEvents = new(controlEvents)
		}
		a.controlEvents.waiting, _ = control.Put(a.controlEvents.waiting, maxControlEvents, e)
		a.schedule()
	}
}

// passControlEvent calls on_control with the oldest control event. It needs mu and the
// token.
func (a *Actor) passControlEvent() {
	e := a.controlEvents.waiting[0]
	a.controlEvents.waiting = a.controlEvents.waiting[1:]
	if len(a.controlEvents.waiting) == 0 {
		a.controlEvents.waiting = nil
	}
	a.mu.Unlock()
	a.run(func() { a.callbacks.OnControl(e) })
	a.lock()
}

// DroppedControlEvents returns how many control events did not fit into the mailbox.
func (a *Actor) DroppedControlEvents() uint64 { return a.mailbox.channel.Dropped() }

// EndControlWaits wakes everybody who waits for a control event.
func (a *Actor) EndControlWaits() { a.mailbox.channel.EndWaits() }

// DetachMailbox detaches the mailbox. The actor doesn't touch it after the return.
func (a *Actor) DetachMailbox() { a.mailbox.channel.Detach() }
