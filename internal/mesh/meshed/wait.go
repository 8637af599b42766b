package meshed

import (
	"sync"
	"time"

	"netmeshos/internal/fault"
)

// RoomAgain is how long a post waits before it tries again, if the servers had no room for it.
const RoomAgain = 50 * time.Millisecond

// waiter waits for the end of one post.
type waiter struct {
	ended    chan struct{} // has room for one
	end      func(accepted int, err *fault.Error)
	accepted int
	err      *fault.Error
}

var waiters = sync.Pool{New: func() any {
	w := &waiter{ended: make(chan struct{}, 1)}
	w.end = func(accepted int, err *fault.Error) {
		w.accepted, w.err = accepted, err
		w.ended <- struct{}{}
	}
	return w
}}

// Wait begins a post, and returns what done is told. begin must have it called once, on any goroutine.
func Wait(begin func(done func(accepted int, err *fault.Error))) (accepted int, err *fault.Error) {
	w := waiters.Get().(*waiter)
	begin(w.end)
	<-w.ended
	accepted, err, w.err = w.accepted, w.err, nil
	waiters.Put(w)
	return accepted, err
}
