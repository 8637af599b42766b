package actor

import (
	"runtime"
	"sync"
	"time"
)

const (
	// patience is how long a turn may take before its worker is looked at: long
	// against a callback, short against a human.
	patience = 10 * time.Millisecond
	// stillLooks is how many looks in a row at which no turn had ended mean that
	// all hang, where others may want the processors.
	stillLooks = 5
	// slowest is how many such looks another worker takes at most where the
	// processors are full; fewer while there are few.
	slowest = 50
	// forLong is how long until a callback is taken for one that hangs though
	// others make way.
	forLong = time.Second
)

// Pool runs the hosts that have something to do, each on one worker at a time.
//
// Workers are goroutines that exist only while there is work. There are at most
// base of them, so that a thousand busy daemons don't become a thousand
// threads, but a worker whose callback hangs is not counted. That it hangs can't
// be told from that it computes; so while hosts wait, a watch looks every
// patience whether turns end, and whether the processors are busy: if they are,
// more workers would make no way either.
type Pool struct {
	base  int
	usage func() usage

	mu       sync.Mutex // guards what follows
	waiting  []*Host
	running  map[*worker]struct{}
	stuck    int // workers marked so
	burst    int // so many more than base may run: doubled while all hang
	turns    int // that have ended since the last look
	idle     int // looks in a row at which none had
	watching bool
	looked   time.Time // when the last look was
	used     usage     // then
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
	return &Pool{base: max(2, Processors()), usage: usageNow, running: make(map[*worker]struct{})}
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
	if len(p.running)-p.stuck >= p.base+p.burst || !mayWork(len(p.running) == 0) {
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
		p.end(w)
	}
}

// end notes that the worker's turn is over.
func (p *Pool) end(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turns++
	if w.stuck {
		w.stuck = false
		p.stuck--
	}
}

// next gives the worker a turn, or lets it go.
func (p *Pool) next(w *worker) *Host {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 || len(p.running)-p.stuck > p.base+p.burst {
		delete(p.running, w)
		goneHome()
		return nil
	}
	w.since = time.Now()
	h := p.waiting[0]
	p.waiting[0] = nil
	p.waiting = p.waiting[1:]
	if len(p.waiting) == 0 {
		p.waiting = nil
		p.burst = 0
	}
	return h
}

// watch starts the watch if it isn't running; mu is held. It ends when nothing
// waits.
func (p *Pool) watch() {
	if p.watching {
		return
	}
	p.watching = true
	p.turns, p.idle = 0, 0
	p.looked, p.used = time.Now(), p.usage()
	time.AfterFunc(patience, p.look)
}

func (p *Pool) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		p.watching = false
		return
	}
	now, used := time.Now(), p.usage()
	processors := used.since(p.used, now.Sub(p.looked))
	p.looked, p.used = now, used
	if p.turns > 0 {
		p.idle = 0
	} else {
		p.idle++
	}
	p.turns = 0
	p.makeUp(now, processors)
	for range p.waiting {
		if !p.spawn() {
			break
		}
	}
	time.AfterFunc(patience, p.look)
}

// makeUp decides which workers are stuck; mu is held.
func (p *Pool) makeUp(now time.Time, processors contention) {
	switch {
	case processors == idle && p.idle > 0: // all hang
		p.markStuck(now, patience, len(p.running))
		p.burst = max(p.base, 2*p.burst)
	case processors == idle: // some may
		p.markStuck(now, forLong, len(p.running))
	case processors == contended && p.idle >= stillLooks: // all hang, and wake now and then
		p.idle = 0
		p.markStuck(now, patience, len(p.running))
		p.burst = p.stuck / 4
	case processors == full && p.idle > min(p.stuck, slowest): // some may hang behind those who compute
		p.idle = 0
		p.markStuck(now, patience, 1)
		p.burst = 0
	case processors == full:
		p.burst = 0
	}
}

// markStuck marks at most so many workers whose turns take that long; mu is
// held.
func (p *Pool) markStuck(now time.Time, turn time.Duration, most int) {
	for w := range p.running {
		if most == 0 {
			return
		}
		if !w.stuck && now.Sub(w.since) >= turn {
			w.stuck = true
			p.stuck++
			most--
		}
	}
}
