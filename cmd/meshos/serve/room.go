package serve

import (
	"fmt"
	"time"
)

// A server that has run into a full disk recovers only by a restart, and one that refuses everything can't process what
// it has, which is what would make room. So a store has two borders. Posts are refused when nine tenths of what it may
// have are used, or when the disk nears its end for whatever reason; commits and purges go on. All is refused at maxStore,
// which is a reserve below what the disk has.
type room struct {
	store *store
	max   int64 // bytes that the server may store
	keep  int64 // bytes of the disk that stay free
}

// Borders, in bytes.
const (
	leastStore  = 32 << 20 // smaller ones are not worth a start
	leastFree   = 1 << 20  // without it the server can't even write what it is about to purge
	mostReserve = 1 << 30
)

// roomOf measures, and says when there is too little. most is what the operator allows; 0: all.
func roomOf(s *store, most int64) (*room, error) {
	used, err := s.used()
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	free, err := s.free()
	if err != nil {
		return nil, err
	}
	if used+free < leastStore || free < leastFree {
		return nil, fmt.Errorf("--store: there is no space where %s is: %s are free, %s needed", s.dir, size(free),
			size(max(leastStore-used, leastFree)))
	}
	r := &room{store: s, keep: min((used+free)/20, mostReserve)}
	r.max = used + free - r.keep
	if most > 0 {
		if most < leastStore {
			return nil, fmt.Errorf("--max-store: %s are too few, at least %s are needed", size(most), size(leastStore))
		}
		r.max = min(r.max, most)
	}
	return r, nil
}

// left is how many bytes posts may still fill, negative beyond. stored is what the server has by its own account.
func (r *room) left(stored int64) (int64, error) {
	free, err := r.store.free()
	if err != nil {
		return 0, err
	}
	return min(r.max-stored, free-r.keep) - r.margin(), nil
}

// margin is what commits and purges have for themselves: a tenth of the store. A small store has more, for it fills up
// before one can look twice.
func (r *room) margin() int64 { return min(max(r.max/10, 32<<20), r.max/2) }

// again is how much room there must be before posts are let in again: else they would come and go.
func (r *room) again() int64 { return r.max / 20 }

// fastest is more than any server stores in a second, in bytes.
const fastest = 2 << 30

// pause is how long nobody needs to look: with that much left, posts can't fill it meanwhile.
func (r *room) pause(left int64) time.Duration {
	if left <= 0 {
		return 50 * time.Millisecond // until there is room again
	}
	wait := time.Duration(float64(left) / fastest * float64(time.Second))
	return min(max(wait, 2*time.Millisecond), 500*time.Millisecond)
}

func size(n int64) string {
	for _, unit := range units {
		if n >= unit.factor*10 || unit.factor == 1 {
			return fmt.Sprintf("%d %s", n/unit.factor, unit.suffix)
		}
	}
	return fmt.Sprint(n)
}
