package logs

import "sync"

// RingSize is how many records the ring of an SDK keeps.
const RingSize = 2048

// keptMessage is the longest message, in bytes, whose memory a slot keeps for the next
// record. Without a limit every slot would in time become as large as the largest message.
const keptMessage = 4096

// Ring keeps the newest records. All methods are safe from any goroutine.
type Ring struct {
	mu     sync.Mutex // guards what follows
	nodeID uint64
	least  Level  // what is below isn't kept
	slots  []slot // grows to size; then new records overwrite the oldest
	size   uint64
	last   uint64        // sequence number of the newest record
	next   chan struct{} // closed by the next Append; nil while nobody waits
}

type slot struct {
	record  Record // its Message is empty
	message []byte
}

// NewRing returns a ring for size records of a node.
func NewRing(size int, nodeID uint64) *Ring {
	return &Ring{nodeID: nodeID, size: uint64(size)}
}

// SetNode says of which node the records are that are written from now on.
func (r *Ring) SetNode(id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nodeID = id
}

// SetLevel sets the least level of the lines that are kept from now on. At first it is Trace: all are.
func (r *Ring) SetLevel(least Level) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.least = least
}

// Append numbers a line and stores it in place of the oldest. One below the level leaves no gap in the numbers.
func (r *Ring) Append(l Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.Level < r.least {
		return
	}
	if uint64(len(r.slots)) < r.size {
		r.slots = append(r.slots, slot{})
	}
	s := &r.slots[r.last%r.size]
	r.last++
	s.record = Record{Seq: r.last, Time: l.Time, Level: l.Level, DaemonID: l.DaemonID, NodeID: r.nodeID}
	if cap(s.message) > keptMessage {
		s.message = nil
	}
	s.message = append(s.message[:0], l.Message...)
	if r.next != nil {
		close(r.next)
		r.next = nil
	}
}

// Appended returns a channel that is closed by the next Append.
func (r *Ring) Appended() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next = make(chan struct{})
	}
	return r.next
}

// Last returns the sequence number of the newest record, 0 before the first.
func (r *Ring) Last() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// After returns the records whose sequence number is greater than seq, oldest first, at
// most limit of them; limit 0 means all. A reader that passes the last number it has seen
// misses only records that have been overwritten since.
func (r *Ring) After(seq uint64, limit int) []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	oldest := r.last - uint64(len(r.slots)) // one less than the oldest sequence number
	from := max(seq, oldest)
	if from >= r.last {
		return nil
	}
	n := r.last - from
	if limit > 0 {
		n = min(n, uint64(limit))
	}
	records := make([]Record, 0, n)
	for i := from; i < from+n; i++ {
		s := &r.slots[i%r.size]
		record := s.record
		record.Message = string(s.message)
		records = append(records, record)
	}
	return records
}
