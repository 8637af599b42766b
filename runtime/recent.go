package meshos

import "go.uber.org/atomic"

// recentPlaces is how many daemons can be found without a lock. Which that are
// is left to their ids, which are as good as random.
const recentPlaces = 64

// recent knows daemons that have been asked for: who has events mostly has them
// for the same few. It holds none but registered daemons of an SDK that is not
// down, as it changes with the SDK's mu held: for reading, where daemons come in,
// and for writing, where they go.
type recent [recentPlaces]atomic.Pointer[Handle]

// find needs no lock.
func (r *recent) find(id uint64) *Handle {
	if h := r[id%recentPlaces].Load(); h != nil && h.id == id {
		return h
	}
	return nil
}

func (r *recent) add(h *Handle) { r[h.id%recentPlaces].Store(h) }

func (r *recent) remove(h *Handle) { r[h.id%recentPlaces].CompareAndSwap(h, nil) }

func (r *recent) clear() {
	for i := range r {
		r[i].Store(nil)
	}
}
