package driver

import (
	"fmt"
	"math/bits"
	"sync"

	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
)

// Foreigners counts the messages that this node has met on subjects of the mesh and that are not the mesh's.
type Foreigners struct {
	names link.Names
	log   func(level logs.Level, daemon uint64, message string)

	mu   sync.Mutex // guards what follows
	all  uint64
	of   map[uint64]uint64 // by daemon
	upTo map[string]uint64 // the last one of each subject, so that none counts twice
}

// NewForeigners returns one that has met none. log may be nil.
func NewForeigners(names link.Names, log func(level logs.Level, daemon uint64, message string)) *Foreigners {
	return &Foreigners{names: names, log: log, of: map[uint64]uint64{}, upTo: map[string]uint64{}}
}

// saidEach is how many messages about one daemon have a line in the log each; later only each has one that doubles
// their number.
const saidEach = 10

// Note counts a message about a daemon, or 0, that is passed over, the first time that it is met.
func (f *Foreigners) Note(id uint64, subject string, sequence uint64, why error) {
	subject = f.names.Stored(subject) // it may have come by itself
	f.mu.Lock()
	if sequence <= f.upTo[subject] {
		f.mu.Unlock()
		return
	}
	f.upTo[subject] = sequence
	f.all++
	f.of[id]++
	n := f.of[id]
	f.mu.Unlock()
	if f.log != nil && (n <= saidEach || bits.OnesCount64(n) == 1) {
		f.log(logs.Warn, id, fmt.Sprintf("message %d of %s is passed over, the %d. one that is not the mesh's: %v", sequence, subject, n, why))
	}
}

func (f *Foreigners) count(id uint64) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.of[id]
}

// Count returns how many messages this node has passed over because they were not the mesh's.
func (f *Foreigners) Count() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all
}

// Foreigners returns how many messages this node has passed over because they were not the mesh's.
func (s *Set) Foreigners() uint64 { return s.foreigners.Count() }
