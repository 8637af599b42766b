package actor

import "time"

// rateSeconds is how many seconds rates remember: the longest window, the second under way
// and the one that leaves the window.
const rateSeconds = 62

// rates counts events by the second in which they were processed. Nothing happens in it
// while a daemon is idle: seconds without events are cleared when the next event comes.
type rates struct {
	counts [rateSeconds]uint32
	second int64 // the newest second that has a count
}

// add counts events at a time by clock.Now.
func (r *rates) add(at time.Duration, events int) {
	r.advance(secondOf(at))
	// A rough time may be of the second before; that one is as good.
	r.counts[ringPlace(r.second)] += uint32(events)
}

// newRates returns rates without events. Only what comes from then on can be added.
func newRates(at time.Duration) *rates { return &rates{second: secondOf(at)} }

// secondOf rounds down: the time may be negative in a test that has its own clock.
func secondOf(at time.Duration) int64 {
	second := int64(at / time.Second)
	if at < 0 && at%time.Second != 0 {
		second--
	}
	return second
}

// ringPlace returns where the count of a second is.
func ringPlace(second int64) int64 { return (second%rateSeconds + rateSeconds) % rateSeconds }

func (r *rates) advance(second int64) {
	if second-r.second >= rateSeconds {
		r.counts, r.second = [rateSeconds]uint32{}, second
	}
	for r.second < second {
		r.second++
		r.counts[ringPlace(r.second)] = 0
	}
}

// Rates are events per second over the last 1, 10 and 60 seconds.
type Rates [3]float64

var rateWindows = [3]int64{1, 10, 60}

// at returns the rates at a time by clock.Now. Of the second that leaves a window, the
// part that is still in it counts. nil: there was no event.
func (r *rates) at(now time.Duration) (rates Rates) {
	if r == nil {
		return rates
	}
	second := secondOf(now)
	left := float64(time.Duration(second+1)*time.Second-now) / float64(time.Second)
	for i, window := range rateWindows {
		sum := 0.0
		for back := int64(0); back <= window; back++ {
			s := second - back
			if s > r.second || s <= r.second-rateSeconds {
				continue
			}
			n := float64(r.counts[ringPlace(s)])
			if back == window {
				n *= left
			}
			sum += n
		}
		rates[i] = sum / float64(window)
	}
	return rates
}
