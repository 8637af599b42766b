package driver

import "time"

// company decides how long a post waits for those of other threads. Threads that post again and again do so at about
// the same time: when the envelope is stored that all have waited for. Were the first of them sent at once, an envelope
// of one would alternate with one of all others. Needs the queue's mu.
type company struct {
	most  int       // how many posts there were together, the last time
	until time.Time // they may come until then
	timer *time.Timer
}

// longestWait bounds how long a post waits for company; else it waits half as long as the last envelope took.
const longestWait = 200 * time.Microsecond

// settled notes that an envelope is stored, and how many posts were in it or waited for it.
func (c *company) settled(posts int, began, now time.Time) {
	c.most = posts
	if posts > 1 {
		c.until = now.Add(min(now.Sub(began)/2, longestWait))
	}
}

// awaited reports whether more posts are about to come than wait now. late is called if they don't.
func (c *company) awaited(posts int, now time.Time, late func()) bool {
	if posts >= c.most || !now.Before(c.until) {
		return false
	}
	if c.timer == nil {
		c.timer = time.AfterFunc(c.until.Sub(now), late)
	} else {
		c.timer.Reset(c.until.Sub(now))
	}
	return true
}
