// Package control owns the control events that a supervisor sends to daemons, the
// mailboxes in which they wait, and the channels that count the dropped ones.
package control

// Kind is the kind of a control event. The numbers are those of the NET_MESHOS_CONTROL_
// constants in net_meshos.h.
type Kind int32

// The kinds of control events. A receive that finds no event returns None.
const (
	None            Kind = 0
	Shutdown        Kind = 1
	DrainStart      Kind = 2
	DrainFinish     Kind = 3
	BackpressureOn  Kind = 4
	BackpressureOff Kind = 5
)

var kindNames = [...]string{"None", "Shutdown", "DrainStart", "DrainFinish", "BackpressureOn", "BackpressureOff"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "Unknown"
	}
	return kindNames[k]
}

// Event is one control event.
type Event struct {
	Kind    Kind
	GraceMS uint64  // Shutdown and DrainStart: how long the daemon has, in milliseconds
	Level   float32 // BackpressureOn: how full the queues are, 0 to 1
}

// Replaces reports whether an event makes one before it superfluous: backpressure is on or
// off, and a drain is under way or over, whatever was the case before.
func (e Event) Replaces(before Event) bool {
	switch e.Kind {
	case BackpressureOn, BackpressureOff:
		return before.Kind == BackpressureOn || before.Kind == BackpressureOff
	case DrainStart, DrainFinish:
		return before.Kind == DrainStart || before.Kind == DrainFinish
	}
	return false
}

// Put appends an event to those that wait, of which there may be as many as the capacity
// says. If there are, events that the next one replaces make room. Shutdown is always kept:
// it has a place of its own, and if that is taken, the Shutdown that waits gets the new
// grace time. ok is false if the event is lost.
//
// mailbox_put of capi does the same.
func Put(waiting []Event, capacity int, e Event) (now []Event, ok bool) {
	if len(waiting) >= capacity {
		waiting = merge(waiting, e)
	}
	switch {
	case len(waiting) < capacity:
	case e.Kind != Shutdown:
		return waiting, false
	case len(waiting) > capacity:
		for i := len(waiting) - 1; i >= 0; i-- {
			if waiting[i].Kind == Shutdown {
				waiting[i] = e
				return waiting, true
			}
		}
	}
	return append(waiting, e), true
}

// merge removes the events that the one after them replaces, where next comes after all.
func merge(waiting []Event, next Event) []Event {
	kept := 0
	for i, e := range waiting {
		after := next
		if i+1 < len(waiting) {
			after = waiting[i+1]
		}
		if !after.Replaces(e) {
			waiting[kept] = e
			kept++
		}
	}
	return waiting[:kept]
}
