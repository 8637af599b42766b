package logs

import "sync"

// Follower is called with each record, in order. It must not keep the record's
// message if it is to be changed.
type Follower func(Record)

// followBatch is how many records a follower gets between two looks at the
// ring.
const followBatch = 256

// Followers serves the one function that follows a ring, and those that it has
// replaced until they have returned. One that is slow or hangs holds up nobody but its
// successors: no two ever run at the same time. What the ring has overwritten by the time
// that a function comes to it is missed, which the sequence numbers show.
type Followers struct {
	ring *Ring

	mu      sync.Mutex // guards what follows
	newest  *following // the last one that was set; it may have been stopped
	stopped bool       // there will be no other
}

// following is one function and the goroutine that serves it.
type following struct {
	follow Follower
	least  Level
	before <-chan struct{} // closed when its predecessors have returned; nil: it has none
	flush  bool            // what is in the ring when stop is closed is still handed over
	ended  bool            // stop is closed
	stop   chan struct{}   // closed to end it
	done   chan struct{}   // closed when it and its predecessors have returned
}

// NewFollowers returns a ring's followers, of which there are none.
func NewFollowers(ring *Ring) *Followers { return &Followers{ring: ring} }

// Set has follow called with the records of at least a level that are written from now
// on, in the place of the function before; nil is none. It returns a channel that is
// closed when no function before runs any more, nil if there was none.
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
	case <-f.newest.done: // it was ended before, and has returned
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

// Stop ends following for good, once what is in the ring now is handed over. The channel
// is that of Set.
func (f *Followers) Stop() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	return f.end(true)
}

// run ends after stop is closed.
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
