package logs

import (
	"sync"
	"time"

	"netmeshos/internal/fault"
)

// Line is a log line in the queue.
type Line struct {
	Time     time.Time
	Level    Level
	DaemonID uint64
	Message  []byte // valid until the next Drain
}

var (
	errFull   = fault.New(fault.QueueFull, "Config.EventQueueCapacity lines wait: publish fewer, or try again later")
	errClosed = fault.New(fault.LoopClosed, "the supervisor has been shut down and takes no more log lines")
)

// Queue accepts lines from any goroutine and never blocks: a line that doesn't fit is
// refused. One goroutine drains it.
//
// It has two batches: one fills while the other is drained. Both keep their memory, so
// that a line costs no allocation.
type Queue struct {
	capacity int
	wake     chan struct{} // holds a token from the first waiting line until Drain
	onWait   func()        // see OnWait; may be nil

	mu      sync.Mutex // guards what follows
	closed  bool
	filling batch

	draining batch // used by the draining goroutine only, without mu
}

// batch holds lines whose texts lie back to back in one buffer.
type batch struct {
	lines []queued
	text  []byte
}

type queued struct {
	time     time.Time
	level    Level
	daemonID uint64
	end      int // where its text ends in the buffer
}

// An empty batch keeps memory for at most so many lines and bytes of text.
const (
	keptLines = 1 << 16
	keptText  = 1 << 20
)

func (b *batch) reset() {
	if cap(b.lines) > keptLines {
		b.lines = nil
	}
	b.lines = b.lines[:0]
	if cap(b.text) > keptText {
		b.text = nil
	}
	b.text = b.text[:0]
}

// NewQueue returns a queue for at most capacity waiting lines.
func NewQueue(capacity int) *Queue {
	return &Queue{capacity: capacity, wake: make(chan struct{}, 1)}
}

// OnWait sets a function that is called when a first line waits. It must not block. It is set
// before the first Publish.
func (q *Queue) OnWait(f func()) { q.onWait = f }

// Publish enqueues a line. The message is copied. Errors: queue_full, loop_closed.
func (q *Queue) Publish(now time.Time, level Level, daemonID uint64, message []byte) *fault.Error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return errClosed
	}
	b := &q.filling
	if len(b.lines) >= q.capacity {
		q.mu.Unlock()
		return errFull
	}
	b.text = append(b.text, message...)
	b.lines = append(b.lines, queued{now, level, daemonID, len(b.text)})
	first := len(b.lines) == 1
	q.mu.Unlock()
	if first {
		select {
		case q.wake <- struct{}{}:
		default:
		}
		if q.onWait != nil {
			q.onWait()
		}
	}
	return nil
}

// Wake is readable when lines wait.
func (q *Queue) Wake() <-chan struct{} { return q.wake }

// Len returns the number of lines that wait.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.filling.lines)
}

// Drain hands all waiting lines to take, oldest first. Only one goroutine may
// drain.
func (q *Queue) Drain(take func(Line)) {
	q.mu.Lock()
	q.filling, q.draining = q.draining, q.filling
	q.mu.Unlock()
	b, start := &q.draining, 0
	for _, l := range b.lines {
		take(Line{l.time, l.level, l.daemonID, b.text[start:l.end]})
		start = l.end
	}
	b.reset()
}

// Close makes the queue refuse all further lines. Lines that wait can still be drained.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}
