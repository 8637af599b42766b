//go:build mesh

package mesh

import (
	"sync"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/ownership"
)

// untilWatched is how long an answer takes before the node is watched that owes it: that costs a few messages.
const untilWatched = 100 * time.Millisecond

// endWith ends the wait for the answer of a run of a node when that is over, so that whoever comes after it can be asked. stop
// ends the wait in any case.
func (m *Mesh) endWith(owner ownership.Holder, end func()) (stop func()) {
	var mu sync.Mutex
	over, unwatch := false, func() {}
	timer := time.AfterFunc(untilWatched, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			unwatch = m.dir.Await(lease.Holder(owner), end)
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		over = true
		unwatch()
		mu.Unlock()
		end()
	}
}
