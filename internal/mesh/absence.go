//go:build mesh

package mesh

import (
	"sync"
	"time"
)

// absence tells those who wait for the servers that these are away, so that many calls, one after the
// other, don't each wait for them in vain.
type absence struct {
	patience time.Duration // that the connection must be lost for

	mu    sync.Mutex // guards what follows
	timer *time.Timer
	lost  chan struct{} // closed while the servers are away
}

func newAbsence(patience time.Duration) *absence {
	return &absence{patience: patience, lost: make(chan struct{})}
}

// turn says whether the connection stands.
func (a *absence) turn(up bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !up {
		lost := a.lost
		a.timer = time.AfterFunc(a.patience, func() { a.begin(lost) })
		return
	}
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
		select {
		case <-a.lost:
			a.lost = make(chan struct{})
		default:
		}
	}
}

// begin says that the servers are away, unless the connection has stood since the timer was set.
func (a *absence) begin(lost chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timer != nil && a.lost == lost {
		close(lost)
	}
}

// begun is closed while the servers are away, or will be when they are.
func (a *absence) begun() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost
}
