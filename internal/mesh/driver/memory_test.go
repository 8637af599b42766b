package driver

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/mesh/link"
)

// memory is a server in the test's memory: streams, their subjects, and who follows.
type memory struct {
	mu       sync.Mutex
	names    link.Names
	streams  map[string][]link.Message
	number   map[string]uint64
	latest   map[string]uint64 // last sequence of each subject, also if it was purged
	follows  []*memoryFollowing
	max      int
	requests int
}

func newMemory(names link.Names, most int) *memory {
	return &memory{names: names, streams: map[string][]link.Message{}, number: map[string]uint64{}, latest: map[string]uint64{}, max: most}
}

type memoryFollowing struct {
	server *memory
	into   chan<- link.Message
	mu     sync.Mutex
	set    map[string]struct{}
	closed chan struct{}
	once   sync.Once
	work   chan link.Message
}

func (m *memory) follow(subjects []string, into chan<- link.Message) (Following, error) {
	f := &memoryFollowing{server: m, into: into, set: map[string]struct{}{}, closed: make(chan struct{}), work: make(chan link.Message, 1<<16)}
	_ = f.Add(subjects...)
	m.mu.Lock()
	m.follows = append(m.follows, f)
	m.mu.Unlock()
	go func() { // ends with Close
		for {
			select {
			case message := <-f.work:
				select {
				case f.into <- message:
				case <-f.closed:
					return
				}
			case <-f.closed:
				return
			}
		}
	}()
	return f, nil
}

func (f *memoryFollowing) Add(subjects ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range subjects {
		f.set[s] = struct{}{}
	}
	return nil
}

func (f *memoryFollowing) Remove(subjects ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range subjects {
		delete(f.set, s)
	}
	return nil
}

func (f *memoryFollowing) Close() { f.once.Do(func() { close(f.closed) }) }

func (f *memoryFollowing) takes(subject string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for pattern := range f.set {
		if matches(pattern, subject) {
			return true
		}
	}
	return false
}

func matches(pattern, subject string) bool {
	ok, _ := path.Match(strings.ReplaceAll(pattern, ".", "/"), strings.ReplaceAll(subject, ".", "/"))
	return ok
}

// tell needs mu.
func (m *memory) tell(message link.Message) {
	for _, f := range m.follows {
		if f.takes(message.Subject) {
			select {
			case f.work <- message:
			default:
				panic("a follower is too slow for this test")
			}
		}
	}
}

func (m *memory) put(subject string, data []byte) uint64 {
	stream := m.names.StreamFor(subject)
	m.number[stream]++
	message := link.Message{Subject: subject, Sequence: m.number[stream], Data: slices.Clone(data)}
	stored := message
	stored.Time = time.Unix(int64(message.Sequence), 0) //nolint:gosec // small: a second for each message
	m.streams[stream] = append(m.streams[stream], stored)
	message.Last = m.latest[subject]
	m.latest[subject] = message.Sequence
	m.tell(message)
	return message.Sequence
}

func (m *memory) Store(ctx context.Context, subject string, data []byte, s link.Storing) (uint64, error) {
	return m.StoreBatch(ctx, []link.BatchPart{{Subject: subject, Data: data}}, s)
}

func (m *memory) StoreBatch(_ context.Context, parts []link.BatchPart, s link.Storing) (sequence uint64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests++
	last := parts[len(parts)-1]
	if s.Expect != nil && *s.Expect != m.latest[last.Subject] {
		return 0, &link.Error{Class: link.ErrConflict}
	}
	for _, p := range parts {
		if len(p.Data) > m.max {
			return 0, &link.Error{Class: link.ErrTooLarge}
		}
	}
	for _, p := range parts {
		sequence = m.put(p.Subject, p.Data)
	}
	return sequence, nil
}

func (m *memory) Last(_ context.Context, subject string) (link.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests++
	messages := m.streams[m.names.StreamFor(subject)]
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Subject == subject {
			return messages[i], nil
		}
	}
	return link.Message{}, link.ErrNone
}

func (m *memory) Read(_ context.Context, stream string, filters []string, from uint64, limit int) ([]link.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests++
	var found []link.Message
	for _, message := range m.streams[stream] {
		if message.Sequence >= from && matches(filters[0], message.Subject) && len(found) < limit {
			found = append(found, message)
		}
	}
	return found, nil
}

func (m *memory) LastOf(_ context.Context, stream, filter string) ([]link.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := map[string]link.Message{}
	for _, message := range m.streams[stream] {
		if matches(filter, message.Subject) {
			last[message.Subject] = message
		}
	}
	var all []link.Message
	for _, message := range last {
		all = append(all, message)
	}
	return all, nil
}

func (m *memory) Purge(_ context.Context, stream, subject string, below uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.streams[stream] = slices.DeleteFunc(m.streams[stream], func(message link.Message) bool {
		return matches(subject, message.Subject) && (below == 0 || message.Sequence < below)
	})
	return nil
}

func (m *memory) Publish(subject string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tell(link.Message{Subject: subject, Data: data})
	return nil
}

func (m *memory) Wait(context.Context) error { return nil }
func (m *memory) MaxData() int               { return m.max }

func (m *memory) count(subject string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, message := range m.streams[m.names.StreamFor(subject)] {
		if message.Subject == subject {
			n++
		}
	}
	return n
}

// until waits for something, and fails the test if it doesn't come about.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func (m *memory) StoreAsync(ctx context.Context, subject string, data []byte, s link.Storing, done func(uint64, error)) {
	done(m.Store(ctx, subject, data, s))
}
