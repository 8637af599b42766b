package logs

import "sync"

// Follower is a function that gets each record, in order.
type Follower func(Record)

// followBatch is how many records are read from the ring at a time.
const followBatch = 256

// Followers calls the function that follows a ring. There is one at a time: a replaced
// function gets no more records, and its successor starts when it has returned. A function
// that is slow or hangs therefore delays only its successors. If the ring overwrites
// records that a function has not read yet, it misses them, as the sequence numbers show.
type Followers struct {
	ring *Ring

	mu      sync.Mutex // guards what follows
	newest  *following // the one set last; it may have ended
	stopped bool       // no other may be set
}

// following is one function and the goroutine that serves it.
type following struct {
	follow Follower
	least  Level
	before <-chan struct{} // closed when its predecessors have returned; nil: it has none
	flush  bool            // pass on the records that are in the ring when stop is closed
	ended  bool            // stop is closed
	stop   chan struct{}   // closed to end it
	done   chan struct{}   // closed when it and its predecessors have returned
}

// NewFollowers returns the followers of a ring, at first none.
func NewFollowers(ring *Ring) *Followers { return &Followers{ring: ring} }

// Set replaces the function that follows the ring; nil removes it. The new one gets the
// records of at least a level that are written from now on. Set returns a channel that is
// closed when no earlier function runs any more, or nil if none does.
func (f *Followers) Set(least Level, follow Follower) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.end(false)
	if follow != nil && !f.stopped {
		f.newest = &following{follow: follow, least: least, before: before, stop: make(chan struct{}), done: make(chan struct{})}
		go f.newest.run(f.ring, f.ring.Last())
	}
	return before
}

// end ends the newest function, if there is one. It needs mu held.
func (f *Followers) end(flush bool) (done <-chan struct{}) {
	if f.newest == nil {
		return nil
	}
	select {
	case <-f.newest.done: // it ended before, and has returned
		f.newest = nil
		return nil
	default:
	}
	if !f.newest.ended {
		f.newest.ended = true
		f.newest.flush = flush
		close(f.newest.stop)
	}
	return f.newest.done
}

// Stop ends the newest function once it has got the records that are in the ring now. No
// other may be set afterwards. The channel is that of Set.
func (f *Followers) Stop() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	return f.end(true)
}

// run calls the function with records until stop is closed.
func (f *following) run(ring *Ring, seen uint64) {
	defer close(f.done)
	if f.before != nil {
		<-f.before
	}
	for {
		if f.isStopped() && !f.flush {
			return
		}
		appended := ring.Appended()
		records := ring.After(seen, followBatch)
		for _, r := range records {
			seen = r.Seq
			if r.Level >= f.least {
				f.follow(r)
			}
			if f.isStopped() && !f.flush {
				return
			}
		}
		if len(records) > 0 {
			continue
		}
		select {
		case <-appended:
		case <-f.stop:
			if !f.flush || ring.Last() == seen {
				return
			}
		}
	}
}

func (f *following) isStopped() bool {
	select {
	case <-f.stop:
		return true
	default:
		return false
	}
}
