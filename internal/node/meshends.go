package node

import "sync"

// endings tells the calls that wait for the mesh that their daemon has begun to end. The zero
// value is ready.
type endings struct {
	mu    sync.Mutex // guards what follows
	waits map[*Daemon]chan struct{}
}

// of is closed when the daemon has begun to end.
func (e *endings) of(d *Daemon) <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.waits[d]
	if c == nil {
		c = make(chan struct{})
		if !d.actor.Lifecycle().Open() {
			close(c)
			return c
		}
		if e.waits == nil {
			e.waits = map[*Daemon]chan struct{}{}
		}
		e.waits[d] = c
	}
	return c
}

// begun says that a daemon has begun to end: its lifecycle shows it.
func (e *endings) begun(d *Daemon) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.waits[d]; c != nil {
		close(c)
		delete(e.waits, d)
	}
}
