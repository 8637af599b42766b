package clock

import (
	"context"
	"time"
)

// Sleep waits. It returns false, at once, when ctx is over.
func Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
