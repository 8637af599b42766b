package logs

import "sync"

// Follower is called with each record, in order. It must not keep the record's
// message if it is to be changed.
type Follower func(Record)

// followBatch is how many records a follower gets between two looks at the
// ring.
const followBatch = 256

// Followers is the one follower of a ring and the goroutine that serves it:
// one that is slow or hangs holds up nobody but itself. What the ring has
// overwritten by the time that the follower comes to it is missed, which the
// sequence numbers show.
type Followers struct {
	ring *Ring

	mu      sync.Mutex // guards what follows
	current *following
	ended   bool
}

type following struct {
	follow Follower
	least  Level
	last   bool          // what is in the ring when stop is closed is still handed over
	stop   chan struct{} // closed to end it
	done   chan struct{} // closed when it has ended
}

// NewFollowers returns a ring's followers, of which there are none.
func NewFollowers(ring *Ring) *Followers { return &Followers{ring: ring} }

// Set has follow called with the records of at least a level that are written
// from now on, in the place of the one before; nil is none. It returns a channel
// that is closed when the one before does not run any more, nil if there was
// none.
func (f *Followers) Set(least Level, follow Follower) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	done := f.end(false)
	if follow != nil && !f.ended {
		f.current = &following{follow: follow, least: least, stop: make(chan struct{}), done: make(chan struct{})}
		go f.current.run(f.ring, f.ring.Last())
	}
	return done
}

// end ends the current follower, if there is one; mu is held.
func (f *Followers) end(last bool) <-chan struct{} {
	if f.current == nil {
		return nil
	}
	current := f.current
	f.current = nil
	current.last = last
	close(current.stop)
	return current.done
}

// Stop ends following for good, once what is in the ring now is handed over.
// The channel is that of Set.
func (f *Followers) Stop() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	return f.end(true)
}

// run ends after stop is closed.
func (f *following) run(ring *Ring, seen uint64) {
	defer close(f.done)
	for {
		appended := ring.Appended()
		records := ring.After(seen, followBatch)
		for _, r := range records {
			seen = r.Seq
			if r.Level >= f.least {
				f.follow(r)
			}
			if f.stopped() && !f.last {
				return
			}
		}
		if len(records) > 0 {
			continue
		}
		select {
		case <-appended:
		case <-f.stop:
			if !f.last || ring.Last() == seen {
				return
			}
		}
	}
}

func (f *following) stopped() bool {
	select {
	case <-f.stop:
		return true
	default:
		return false
	}
}
