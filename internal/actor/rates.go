package actor

import "time"

// rates counts events by the time at which they were processed: to the second for the
// short windows, in steps of five for the long one, because every daemon that has
// processed an event has one. Nothing happens in it while a daemon is idle: what is over
// is cleared when the next event comes.
type rates struct {
	seconds [12]uint32 // the longest of their windows, the second under way and the one that leaves the window
	steps   [14]uint32 // the same of steps
	second  int64      // the newest second that has a count
}

// stepSeconds is how long a step is.
const stepSeconds = 5

// newRates returns rates without events. Only what comes from then on can be added.
func newRates(at time.Duration) *rates { return &rates{second: unitOf(at, time.Second)} }

// add counts events at a time by clock.Now.
func (r *rates) add(at time.Duration, events int) {
	second := max(r.second, unitOf(at, time.Second)) // a rough time may be of the second before; that one is as good
	advance(r.seconds[:], r.second, second)
	advance(r.steps[:], r.step(), floorDiv(second, stepSeconds))
	r.second = second
	r.seconds[ringPlace(second, len(r.seconds))] += uint32(events)
	r.steps[ringPlace(r.step(), len(r.steps))] += uint32(events)
}

// step returns the newest step.
func (r *rates) step() int64 { return floorDiv(r.second, stepSeconds) }

// unitOf returns in which unit of time a time is. It may be negative in a test that has its
// own clock.
func unitOf(at, unit time.Duration) int64 { return floorDiv(int64(at), int64(unit)) }

func floorDiv(n, by int64) int64 {
	if n < 0 {
		return -((-n + by - 1) / by)
	}
	return n / by
}

// ringPlace returns where the count of a unit is.
func ringPlace(unit int64, size int) int64 {
	n := int64(size)
	return (unit%n + n) % n
}

// advance clears the counts of the units after newest, to included.
func advance(counts []uint32, newest, to int64) {
	for unit := max(newest+1, to-int64(len(counts))+1); unit <= to; unit++ {
		counts[ringPlace(unit, len(counts))] = 0
	}
}

// Rates are events per second over the last 1, 10 and 60 seconds.
type Rates [3]float64

// at returns the rates at a time by clock.Now. nil: there was no event.
func (r *rates) at(now time.Duration) Rates {
	if r == nil {
		return Rates{}
	}
	return Rates{
		within(r.seconds[:], r.second, now, time.Second, 1),
		within(r.seconds[:], r.second, now, time.Second, 10) / 10,
		within(r.steps[:], r.step(), now, stepSeconds*time.Second, 60/stepSeconds) / 60,
	}
}

// within returns how many events there were in the last units. Of the one that leaves this
// window, the part that is still in it counts.
func within(counts []uint32, newest int64, now, unit time.Duration, window int64) (sum float64) {
	current := unitOf(now, unit)
	left := float64(time.Duration(current+1)*unit-now) / float64(unit)
	for back := int64(0); back <= window; back++ {
		u := current - back
		if u > newest || u <= newest-int64(len(counts)) {
			continue
		}
		n := float64(counts[ringPlace(u, len(counts))])
		if back == window {
			n *= left
		}
		sum += n
	}
	return sum
}
