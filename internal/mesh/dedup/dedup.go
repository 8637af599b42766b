// Package dedup remembers which events a daemon has processed, so that a repeated one changes
// nothing. It is pure: a daemon's windows are part of its commits.
package dedup

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Windows remember, for each origin, the sequences that were processed: at least the last
// Numbers, and all of those that follow each other without a hole, however many. At most Origins
// are remembered; the least recently used is forgotten. Sequence 0 means that an event has none,
// and is never remembered. Not safe for concurrent use.
type Windows struct {
	limits  Limits
	windows map[uint64]*window
	used    window // the ring of all windows, by use; used.next is the least recent one
}

// Limits bound windows; both at least 1.
type Limits struct{ Origins, Numbers int }

// window is an origin's. Its runs don't touch each other.
type window struct {
	origin     uint64
	runs       []run // ascending
	stamp      uint64
	next, prev *window
}

// run is the sequences from first to last, both included.
type run struct {
	first, last uint64
	stamp       uint64 // of the last change; higher is later
}

// New returns windows that remember nothing.
func New(limits Limits) *Windows {
	w := &Windows{limits: limits, windows: map[uint64]*window{}}
	w.used.next, w.used.prev = &w.used, &w.used
	return w
}

// Len returns how many origins are remembered.
func (w *Windows) Len() int { return len(w.windows) }

// Seen reports whether an event was processed, as far as it is remembered.
func (w *Windows) Seen(origin, sequence uint64) bool {
	o := w.windows[origin]
	if o == nil || sequence == 0 {
		return false
	}
	i := o.at(sequence)
	return i < len(o.runs) && o.runs[i].first <= sequence
}

// at returns the index of the first run that ends at or after the sequence.
func (o *window) at(sequence uint64) int {
	n := len(o.runs)
	if n == 0 || o.runs[n-1].last < sequence { // the usual case
		return n
	}
	low, high := 0, n-1
	for low < high {
		middle := (low + high) / 2
		if o.runs[middle].last < sequence {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// Add remembers an event that was processed.
func (w *Windows) Add(origin, sequence uint64) {
	if sequence == 0 {
		return
	}
	o := w.use(origin)
	i := o.at(sequence)
	if i < len(o.runs) && o.runs[i].first <= sequence {
		return
	}
	o.stamp++
	after := i < len(o.runs) && o.runs[i].first == sequence+1
	switch {
	case i > 0 && o.runs[i-1].last == sequence-1:
		o.runs[i-1].last, o.runs[i-1].stamp = sequence, o.stamp
		if after {
			o.runs[i-1].last = o.runs[i].last
			o.runs = slices.Delete(o.runs, i, i+1)
		}
	case after:
		o.runs[i].first, o.runs[i].stamp = sequence, o.stamp
	default:
		o.runs = slices.Insert(o.runs, i, run{sequence, sequence, o.stamp})
		o.forget(w.limits.Numbers)
	}
}

// forget drops the runs that have been left alone longest. It does so for several at once, so
// that a run that is added costs little.
func (o *window) forget(numbers int) {
	if len(o.runs) <= numbers+max(numbers/4, 1) {
		return
	}
	stamps := make([]uint64, len(o.runs))
	for i := range o.runs {
		stamps[i] = o.runs[i].stamp
	}
	slices.Sort(stamps)
	least := stamps[len(stamps)-numbers]
	o.runs = slices.DeleteFunc(o.runs, func(r run) bool { return r.stamp < least })
}

// use returns the window of an origin, which is then the most recently used one.
func (w *Windows) use(origin uint64) *window {
	o := w.windows[origin]
	switch {
	case o == w.used.prev && o != nil:
		return o
	case o != nil:
		o.prev.next, o.next.prev = o.next, o.prev
	default:
		if len(w.windows) >= w.limits.Origins {
			w.forgetOldest()
		}
		o = &window{origin: origin}
		w.windows[origin] = o
	}
	o.prev, o.next = w.used.prev, &w.used
	o.prev.next, o.next.prev = o, o
	return o
}

// Append appends the windows: origins by use, least recent first, and the runs of each by their
// last change, so that the limits forget the same after a take-over.
func (w *Windows) Append(to []byte) []byte {
	to = binary.AppendUvarint(to, uint64(len(w.windows)))
	var order []run
	for o := w.used.next; o != &w.used; o = o.next {
		to = binary.LittleEndian.AppendUint64(to, o.origin)
		to = binary.AppendUvarint(to, uint64(len(o.runs)))
		runs := o.runs
		if !slices.IsSortedFunc(runs, byStamp) {
			order = append(order[:0], runs...)
			slices.SortFunc(order, byStamp)
			runs = order
		}
		var last uint64
		for _, r := range runs {
			to = binary.AppendVarint(to, int64(r.first-last)) //nolint:gosec // wraps, and back in Read
			to = binary.AppendUvarint(to, r.last-r.first)
			last = r.last
		}
	}
	return to
}

func byStamp(a, b run) int {
	if a.stamp < b.stamp {
		return -1
	}
	return 1
}

// Read returns the windows that Append has written; no bytes are none.
func Read(data []byte, limits Limits) (*Windows, error) {
	w := New(limits)
	if len(data) == 0 {
		return w, nil
	}
	broken := func(what string) error { return fmt.Errorf("the windows of processed events are broken: %s", what) }
	count, n := binary.Uvarint(data)
	if n <= 0 || count > uint64(len(data)) {
		return nil, broken("their number")
	}
	data = data[n:]
	for range count {
		if len(data) < 8 {
			return nil, broken("an origin is cut off")
		}
		o := w.use(binary.LittleEndian.Uint64(data))
		if len(o.runs) > 0 {
			return nil, broken("an origin is there twice")
		}
		data = data[8:]
		runs, n := binary.Uvarint(data)
		if n <= 0 || runs > uint64(len(data)) {
			return nil, broken("the number of runs")
		}
		data = data[n:]
		o.runs = make([]run, 0, runs)
		var last uint64
		for range runs {
			step, n := binary.Varint(data)
			if n <= 0 {
				return nil, broken("a run is cut off")
			}
			length, m := binary.Uvarint(data[n:])
			if m <= 0 {
				return nil, broken("a run is cut off")
			}
			data = data[n+m:]
			o.stamp++
			first := last + uint64(step) //nolint:gosec // wraps, as in Append
			last = first + length
			if first == 0 || last < first {
				return nil, broken("a run has no numbers")
			}
			o.runs = append(o.runs, run{first, last, o.stamp})
		}
		slices.SortFunc(o.runs, func(a, b run) int {
			if a.first < b.first {
				return -1
			}
			return 1
		})
		for i := 1; i < len(o.runs); i++ {
			if o.runs[i].first <= o.runs[i-1].last || o.runs[i].first == o.runs[i-1].last+1 {
				return nil, broken("runs overlap")
			}
		}
		o.forget(limits.Numbers)
	}
	if len(data) > 0 {
		return nil, broken("something follows")
	}
	return w, nil
}

// Forget forgets so many origins, the least recently used ones.
func (w *Windows) Forget(origins int) {
	for range min(origins, len(w.windows)) {
		w.forgetOldest()
	}
}

func (w *Windows) forgetOldest() {
	oldest := w.used.next
	oldest.prev.next, oldest.next.prev = oldest.next, oldest.prev
	delete(w.windows, oldest.origin)
}
