//go:build mesh

package mesh

import (
	"context"
	"time"
)

// offered is to whom a daemon has been handed that can't go on here, because the next message has a later version of its format.
// Guarded by Mesh.mu.
type offered struct {
	subject  string // of the message
	sequence uint64
	to       map[uint64]struct{}
	passing  bool // it is being handed over
}

// offer hands a daemon that can't go on here to the nodes that stand by, of which one may have a later version of the library: to
// each once, so that it doesn't go around among those that haven't. It reports whether one is about to run it.
func (m *Mesh) offer(id uint64, subject string, sequence uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.members[id]
	if k == nil || k.driver == nil || k.leaving {
		return false
	}
	o := &k.offered
	if o.passing {
		return true
	}
	if o.subject != subject || o.sequence != sequence {
		*o = offered{subject: subject, sequence: sequence, to: map[uint64]struct{}{}}
	}
	fresh := false
	for _, node := range k.standing.Standbys {
		if _, was := o.to[node]; !was {
			o.to[node], fresh = struct{}{}, true
		}
	}
	if !fresh {
		return false
	}
	o.passing = true
	k.driver.Want(false)
	m.tasks.Add(1)
	go func() { // ends with the hand-over, which is a matter of one commit, or when its time is over
		defer m.tasks.Done()
		ctx, cancel := context.WithTimeout(m.closing, m.request)
		defer cancel()
		for k.driver.Owns() && ctx.Err() == nil {
			select {
			case <-k.driver.Done():
				return
			case <-ctx.Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
		err := m.dir.Yield(ctx, id, false)
		m.mu.Lock()
		defer m.mu.Unlock()
		if k.offered.passing = false; err != nil {
			clear(k.offered.to) // again
		}
		m.tell(k)
	}()
	return true
}
