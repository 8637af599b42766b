package driver

import (
	"context"
	"sync"
)

// background is the goroutines that something has beside its calls.
type background struct {
	closing context.Context //nolint:containedctx // ends with shut
	close   context.CancelFunc

	beginning sync.Mutex // held while running grows, and while close is called
	running   sync.WaitGroup
}

func (b *background) open() { b.closing, b.close = context.WithCancel(context.Background()) }

// shut ends closing; no goroutine begins any more.
func (b *background) shut() {
	b.beginning.Lock()
	defer b.beginning.Unlock()
	b.close()
}

// begins counts a goroutine that is about to begin, which ends with running.Done; false: it was shut.
func (b *background) begins() bool {
	b.beginning.Lock()
	defer b.beginning.Unlock()
	if b.closing.Err() != nil {
		return false
	}
	b.running.Add(1)
	return true
}
