package host

import (
	"runtime"
	"sync"
	"time"
)

// patience is how long the workers may make no way while hosts wait before
// another worker is added: long against a callback, short against a human.
const patience = 10 * time.Millisecond

// Pool runs the hosts that have something to do, each on one worker at a time.
//
// Workers are goroutines that exist only while there is work. There are at most
// base of them, so that a thousand busy daemons don't become a thousand
// threads, but a worker whose callback hangs is not counted: as long as hosts
// wait, a watch looks every patience for such workers and makes up for them.
type Pool struct {
	base int

	mu       sync.Mutex // guards what follows
	waiting  []*Host
	running  map[*worker]struct{}
	stuck    int // workers marked so
	watching bool
}

type worker struct {
	since time.Time // when its turn began
	stuck bool
}

// Processors is how many threads of Go's are to work at the same time: what
// GOMAXPROCS says when it is first asked for.
var Processors = sync.OnceValue(func() int { return runtime.GOMAXPROCS(0) })

// NewPool returns a pool without workers.
func NewPool() *Pool {
	return &Pool{base: max(2, Processors()), running: make(map[*worker]struct{})}
}

// submit gives h a turn.
func (p *Pool) submit(h *Host) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, h)
	if !p.spawn() {
		p.watch()
	}
}

// crowded reports whether hosts wait for a worker.
func (p *Pool) crowded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) > 0
}

// spawn starts a worker if there may be one more; mu is held. The worker ends
// when nothing waits or there are too many.
func (p *Pool) spawn() bool {
	if len(p.running)-p.stuck >= p.base {
		return false
	}
	w := &worker{since: time.Now()}
	p.running[w] = struct{}{}
	go p.work(w)
	return true
}

func (p *Pool) work(w *worker) {
	for {
		h := p.next(w)
		if h == nil {
			return
		}
		h.turn()
	}
}

// next ends the worker's turn and gives it the next one, or lets it go.
func (p *Pool) next(w *worker) *Host {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.stuck {
		w.stuck = false
		p.stuck--
	}
	if len(p.waiting) == 0 || len(p.running)-p.stuck > p.base {
		delete(p.running, w)
		return nil
	}
	w.since = time.Now()
	h := p.waiting[0]
	p.waiting[0] = nil
	p.waiting = p.waiting[1:]
	if len(p.waiting) == 0 {
		p.waiting = nil
	}
	return h
}

// watch starts the watch if it isn't running; mu is held. It ends when nothing
// waits.
func (p *Pool) watch() {
	if !p.watching {
		p.watching = true
		time.AfterFunc(patience, p.look)
	}
}

func (p *Pool) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watching = false
	if len(p.waiting) == 0 {
		return
	}
	now := time.Now()
	for w := range p.running {
		if !w.stuck && now.Sub(w.since) >= patience {
			w.stuck = true
			p.stuck++
		}
	}
	p.spawn()
	p.watch()
}
