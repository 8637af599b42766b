package dedup

// Batch notes the events of a batch that hasn't been processed yet, so that a repetition within
// it is seen. The zero value is ready. Clear makes it ready again without giving memory up.
type Batch struct{ seen map[[2]uint64]struct{} }

// Repeats reports whether the event was noted before, and notes it.
func (b *Batch) Repeats(origin, sequence uint64) bool {
	if sequence == 0 {
		return false
	}
	key := [2]uint64{origin, sequence}
	if _, ok := b.seen[key]; ok {
		return true
	}
	if b.seen == nil {
		b.seen = map[[2]uint64]struct{}{}
	}
	b.seen[key] = struct{}{}
	return false
}

// Clear forgets what was noted.
func (b *Batch) Clear() { clear(b.seen) }
