package driver

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
)

// counter is a daemon that counts, for each number that is posted to it, how often it has come. Each event
// emits one output with the same number. Its state tells on any mistake.
type counter struct {
	id    uint64
	fails func(number uint32) bool
	stops bool // a failure ends the batch, and the daemon must be reset
	sinks bool

	mu      sync.Mutex
	counts  []byte
	last    map[uint64]uint64 // the last sequence of each origin
	wrong   uint32            // events that came in the wrong order, or after a gap
	gapless bool              // sequences must have no gaps
	ballast []byte            // makes the state long
	broken  bool              // it has failed and wasn't reset
	stopped bool              // it processes nothing
	resumed func()            // is called when it isn't any more
	misused bool              // it was given events while it was broken
	emitted [][2]uint64       // number and sequence of what the output function got
}

func newCounter(id uint64) *counter { return &counter{id: id, last: map[uint64]uint64{}} }

func numbered(origin, number uint64) event.Event {
	return event.Event{Origin: origin, Sequence: number + 1, Payload: binary.LittleEndian.AppendUint32(nil, uint32(number))} //nolint:gosec // small
}

func (c *counter) ID() uint64        { return c.id }
func (c *counter) Name() string      { return "counter" }
func (c *counter) HasSnapshot() bool { return true }
func (c *counter) HasRestore() bool  { return true }
func (c *counter) Waits(int)         {}

func (c *counter) Refusal() *fault.Error { return nil }

func (c *counter) IsStopping() bool { return false }

func (c *counter) Sinks() bool { return c.sinks }

func (c *counter) Step(in event.Batch, first uint64) (meshed.Stepped, *fault.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return meshed.Stepped{}, ErrStopped
	}
	c.misused = c.misused || c.broken
	var s meshed.Stepped
	for i := range in.Len() {
		e := in.At(i)
		number := binary.LittleEndian.Uint32(e.Payload)
		s.Handled++
		if c.fails != nil && c.fails(number) {
			s.Failures = append(s.Failures, meshed.Failure{Index: uint32(i), Status: -7}) //nolint:gosec // small
			if c.stops {
				c.broken = true
				c.counts = append(c.counts, 99) // what a failure may leave behind
				return s, nil
			}
			continue
		}
		if grow := int(number) + 1 - len(c.counts); grow > 0 {
			c.counts = append(c.counts, make([]byte, grow)...)
		}
		c.counts[number]++
		if last := c.last[e.Origin]; e.Sequence <= last || c.gapless && e.Sequence != last+1 {
			c.wrong++
		}
		c.last[e.Origin] = e.Sequence
		s.Outputs.Add(event.Event{Origin: c.id, Sequence: first + uint64(s.Outputs.Len()), Payload: e.Payload}) //nolint:gosec // small
		s.Causes = append(s.Causes, uint32(i))                                                                  //nolint:gosec // small
	}
	return s, nil
}

func (c *counter) Seal(commit func([]byte) error) *fault.Error {
	c.mu.Lock()
	state := c.encode()
	c.mu.Unlock()
	if err := commit(state); err != nil {
		return fault.New(fault.InvalidState, "%w", err)
	}
	clear(state) // it is the daemon's again
	return nil
}

func (c *counter) encode() []byte {
	to := binary.LittleEndian.AppendUint32(nil, c.wrong)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(c.counts))) //nolint:gosec // small
	to = append(to, c.counts...)
	origins := make([]uint64, 0, len(c.last))
	for origin := range c.last {
		origins = append(origins, origin)
	}
	slices.Sort(origins)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(origins))) //nolint:gosec // small
	for _, origin := range origins {
		to = binary.LittleEndian.AppendUint64(to, origin)
		to = binary.LittleEndian.AppendUint64(to, c.last[origin])
	}
	return append(to, c.ballast...)
}

// decode reads a state into a new counter.
func decode(state []byte) *counter {
	c := newCounter(0)
	if len(state) == 0 {
		return c
	}
	c.wrong = binary.LittleEndian.Uint32(state)
	n := binary.LittleEndian.Uint32(state[4:])
	c.counts = bytes.Clone(state[8 : 8+n])
	state = state[8+n:]
	origins := binary.LittleEndian.Uint32(state)
	state = state[4:]
	for range origins {
		c.last[binary.LittleEndian.Uint64(state)] = binary.LittleEndian.Uint64(state[8:])
		state = state[16:]
	}
	c.ballast = bytes.Clone(state)
	return c
}

func (c *counter) Reset(state []byte, _ bool) *fault.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := decode(state)
	c.wrong, c.counts, c.last = was.wrong, was.counts, was.last
	c.broken = false
	return nil
}

func (c *counter) Emit(outputs event.Batch, causes []event.Meta) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if outputs.Len() != len(causes) {
		c.wrong++
	}
	for i := range outputs.Len() {
		e := outputs.At(i)
		number := uint64(binary.LittleEndian.Uint32(e.Payload))
		if causes[i].Sequence != number+1 && causes[i].Sequence != 0 {
			c.wrong++
		}
		c.emitted = append(c.emitted, [2]uint64{number, e.Sequence})
	}
}

func (c *counter) SetStopped(stopped bool) {
	c.mu.Lock()
	c.stopped = stopped
	resumed := c.resumed
	c.mu.Unlock()
	if !stopped && resumed != nil {
		resumed()
	}
}
func (c *counter) StopLocal(uint64) *fault.Error { return nil }
func (c *counter) RestartLocal() *fault.Error    { return nil }
func (c *counter) Capabilities() []string        { return nil }
func (c *counter) Health() uint8                 { return 0 }
