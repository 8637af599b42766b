package driver

import (
	"fmt"
	"math/bits"
	"sync"

	"netmeshos/internal/logs"
)

// foreigners counts the messages that this node has met on subjects of daemons and that are not the mesh's.
// The zero value is ready.
type foreigners struct {
	mu   sync.Mutex // guards what follows
	all  uint64
	of   map[uint64]uint64 // by daemon
	upTo map[string]uint64 // the last one of each subject, so that none counts twice
}

// saidEach is how many messages about one daemon have a line in the log each; later only each has one that doubles
// their number.
const saidEach = 10

// note counts a message that is passed over, the first time that it is met.
func (f *foreigners) note(s *Set, id uint64, subject string, sequence uint64, why error) {
	subject = s.options.Names.Stored(subject) // it may have come by itself
	f.mu.Lock()
	if sequence <= f.upTo[subject] {
		f.mu.Unlock()
		return
	}
	if f.of == nil {
		f.of, f.upTo = map[uint64]uint64{}, map[string]uint64{}
	}
	f.upTo[subject] = sequence
	f.all++
	f.of[id]++
	n := f.of[id]
	f.mu.Unlock()
	if s.options.Log != nil && (n <= saidEach || bits.OnesCount64(n) == 1) {
		s.options.Log(logs.Warn, id, fmt.Sprintf("message %d of %s is passed over, the %d. one that is not the mesh's: %v", sequence, subject, n, why))
	}
}

func (f *foreigners) count(id uint64) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.of[id]
}

// Foreigners returns how many messages this node has passed over because they were not the mesh's.
func (s *Set) Foreigners() uint64 {
	s.foreigners.mu.Lock()
	defer s.foreigners.mu.Unlock()
	return s.foreigners.all
}
