package control

import (
	"sync"

	"go.uber.org/atomic"
)

// Drops counts the events that did not fit into the mailboxes of the registered daemons.
type Drops struct {
	total    atomic.Uint64
	onChange func(delta int64)
}

// NewDrops returns a count of zero. It calls onChange, which may be nil and must not
// block, for each change.
func NewDrops(onChange func(delta int64)) *Drops {
	if onChange == nil {
		onChange = func(int64) {}
	}
	return &Drops{onChange: onChange}
}

// Total returns the number of dropped events, over all channels that are not detached.
func (d *Drops) Total() uint64 { return d.total.Load() }

func (d *Drops) add(delta int64) {
	d.total.Add(uint64(delta))
	d.onChange(delta)
}

// Channel writes to one daemon's mailbox and counts the events that the mailbox drops. It
// is open, then closed (the daemon's handle is consumed), then detached (the mailbox is
// not touched any more, and its memory may be reused).
type Channel struct {
	drops   *Drops
	mailbox Mailbox

	mu      sync.Mutex // guards what follows
	dropped uint64
	phase   channelPhase
}

// channelPhase is the state of a channel. It only moves forward.
type channelPhase uint8

const (
	channelOpen     channelPhase = iota
	channelClosed                // no event is accepted
	channelDetached              // the mailbox isn't touched any more
)

// NewChannel returns an open channel to a mailbox. Its drops are counted in d too.
func (d *Drops) NewChannel(m Mailbox) *Channel {
	c := new(Channel)
	c.Init(d, m)
	return c
}

// Init makes a zero Channel what NewChannel returns.
func (c *Channel) Init(d *Drops, m Mailbox) {
	c.drops = d
	c.mailbox = m
}

// Enqueue puts an event into the mailbox, or counts it as dropped if there is no room. It
// does nothing once the channel is closed. firstDrop: it is the first that was dropped.
func (c *Channel) Enqueue(e Event) (ok, firstDrop bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase >= channelClosed {
		return false, false
	}
	if c.mailbox.Enqueue(e) {
		return true, false
	}
	c.dropped++
	c.drops.add(1)
	return false, c.dropped == 1
}

// EndWaits wakes the mailbox's readers.
func (c *Channel) EndWaits() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase < channelDetached {
		c.mailbox.EndWaits()
	}
}

// Close closes the channel and the mailbox.
func (c *Channel) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase < channelDetached {
		c.phase = channelClosed
		c.mailbox.Close()
	}
}

// Dropped returns how many events this channel has dropped.
func (c *Channel) Dropped() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// Detach subtracts the channel's drops from the total. The mailbox isn't touched after
// Detach has returned. Further calls do nothing.
func (c *Channel) Detach() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase < channelDetached && c.dropped > 0 {
		c.drops.add(-int64(c.dropped))
	}
	c.phase = channelDetached
}
