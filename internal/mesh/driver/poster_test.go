package driver

import (
	"context"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// answering is a server whose answers to Store the test decides, by the number of the call.
type answering struct {
	*memory
	calls  int
	answer func(call int) (stored bool, err error)
	gate   chan struct{} // each Store takes one from it, unless it is nil
	mu     sync.Mutex    // guards calls
}

func (a *answering) Store(ctx context.Context, subject string, data []byte, s link.Storing) (uint64, error) {
	if a.gate != nil {
		<-a.gate
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	stored, err := a.answer(a.calls)
	if stored {
		sequence, failed := a.memory.Store(ctx, subject, data, s)
		if err == nil {
			return sequence, failed
		}
	}
	return 0, err
}

func (a *answering) StoreAsync(ctx context.Context, subject string, data []byte, s link.Storing, done func(uint64, error)) {
	go func() { done(a.Store(ctx, subject, data, s)) }() // ends with the request
}

func plain(count, size int) []event.Event {
	events := make([]event.Event, count)
	for i := range events {
		events[i] = event.Event{Origin: 5, Sequence: uint64(i) + 1, Payload: make([]byte, size)} //nolint:gosec // not negative
	}
	return events
}

func TestHowAPostEnds(t *testing.T) {
	for _, c := range []struct {
		name     string
		answer   func(call int) (bool, error)
		accepted int // of 3,000, in envelopes of about 1,000
		kind     fault.Kind
	}{
		{"all are stored", func(int) (bool, error) { return true, nil }, 3000, ""},
		{"the servers are away, and back in time", func(call int) (bool, error) {
			if call < 4 {
				return false, errDown
			}
			return true, nil
		}, 3000, ""},
		{"an answer is lost once", func(call int) (bool, error) {
			if call == 2 {
				return true, errDoubt
			}
			return true, nil
		}, 3000, ""},
		{"the servers go away for good", func(call int) (bool, error) {
			if call == 1 {
				return true, nil
			}
			return false, errDown
		}, 1, fault.MeshUnavailable},
		{"all answers are lost from then on", func(call int) (bool, error) {
			if call == 1 {
				return true, nil
			}
			return true, errDoubt
		}, 1, fault.Timeout},
		{"lost once, then the servers are away", func(call int) (bool, error) {
			if call == 1 {
				return false, errDoubt
			}
			return false, errDown
		}, 0, fault.Timeout},
		{"the servers are full", func(int) (bool, error) { return false, &link.Error{Class: link.ErrFull} }, 0, fault.QueueFull},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := &answering{memory: newMemory(names, 1<<20), answer: c.answer}
			p := NewPoster(names, server, 1, 11, 1<<30)
			accepted, err := p.Post(producer, plain(3000, 240), 300*time.Millisecond)
			first := 0
			if m, _ := server.Read(context.Background(), names.StreamOf(producer), []string{names.In(producer)}, 1, 1); len(m) > 0 {
				e, _ := wire.ReadEnvelope(m[0].Data, nil)
				first = e.Events.Len()
			}
			want := c.accepted
			if want == 1 {
				want = first
			}
			if accepted != want || err == nil && c.kind != "" || err != nil && err.Kind != c.kind {
				t.Errorf("%d are accepted, %v, want %d and %q", accepted, err, want, c.kind)
			}
		})
	}
}

// What is posted while an envelope is on its way goes into the next one.
func TestPostsThatWaitShareAnEnvelope(t *testing.T) {
	server := &answering{memory: newMemory(names, 1<<20), answer: func(int) (bool, error) { return true, nil }, gate: make(chan struct{})}
	p := NewPoster(names, server, 1, 11, 1<<30)
	var all sync.WaitGroup
	for range 50 {
		all.Add(1)
		go func() { // ends with the post
			defer all.Done()
			if n, err := p.Post(producer, plain(1, 10), 60*time.Second); n != 1 || err != nil {
				t.Errorf("%d are accepted, %v", n, err)
			}
		}()
	}
	q := p.queue(producer)
	until(t, "all wait", func() bool { q.mu.Lock(); defer q.mu.Unlock(); return len(q.posts) == 50-1 }) // and one is on its way
	close(server.gate)
	all.Wait()
	if n := server.count(names.In(producer)); n > 2+1 {
		t.Errorf("50 posts are in %d envelopes", n)
	}
}

func TestWaitingBytesAreBounded(t *testing.T) {
	server := newMemory(names, 1<<20)
	m := newMesh(t, server)
	n := m.start(1)
	n.poster = NewPoster(names, server, 1, n.self.Instance, 100_000)
	var err *fault.Error
	accepted, posted := 0, 0
	for err == nil && posted < 1000 {
		var events []event.Event
		for i := range 100 {
			events = append(events, numbered(5, uint64(posted+i))) //nolint:gosec // not negative
			events[i].Payload = append(events[i].Payload, make([]byte, 200)...)
		}
		accepted, err = n.poster.Post(producer, events, 10*time.Second)
		posted += accepted
	}
	if err == nil || err.Kind != fault.QueueFull || posted != 400 {
		t.Fatalf("%d events of 200 bytes are accepted where 100,000 bytes may wait: %v", posted, err)
	}
	n.add(newCounter(producer))
	until(t, "they are counted", func() bool { return m.counted(producer) == posted })
	until(t, "there is room again", func() bool {
		got, err := n.poster.Post(producer, []event.Event{{Origin: 5, Sequence: 401, Payload: numbered(5, 400).Payload}}, 10*time.Second)
		return err == nil && got == 1
	})
}

func TestAnEventThatIsTooLong(t *testing.T) {
	p := NewPoster(names, newMemory(names, 8192), 1, 11, 1<<30)
	most := link.MaxPayload(8192)
	if n, err := p.Post(producer, plain(1, most+1), time.Second); n != 0 || err == nil || err.Kind != fault.InvalidArgument {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := p.Post(producer, plain(1, most), time.Second); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := p.Post(producer, plain(256, 200), time.Second); n != 256 || err != nil {
		t.Errorf("of events that are too long together %d are stored, %v", n, err)
	}
}

// Only full envelopes are sent while another is on its way, and the parts of one post one after the other.
func TestFullEnvelopesDoNotWaitForEachOther(t *testing.T) {
	server := &answering{memory: newMemory(names, 1<<20), answer: func(int) (bool, error) { return true, nil }, gate: make(chan struct{})}
	p := NewPoster(names, server, 1, 11, 1<<30)
	var all sync.WaitGroup
	post := func(count, size int) {
		all.Add(1)
		go func() { // ends with the post
			defer all.Done()
			if n, err := p.Post(producer, plain(count, size), 60*time.Second); n != count || err != nil {
				t.Errorf("%d of %d are accepted, %v", n, count, err)
			}
		}()
	}
	q := p.queue(producer)
	flying := func(want int) func() bool {
		return func() bool { q.mu.Lock(); defer q.mu.Unlock(); return q.flying == want }
	}
	waiting := func(want int) func() bool {
		return func() bool { q.mu.Lock(); defer q.mu.Unlock(); return len(q.posts) == want }
	}
	post(1, 10)
	until(t, "the first is on its way", flying(1))
	post(1, 10)
	until(t, "the second waits", waiting(1))
	for range 2 {
		post(200, 1000-eventBytes)
	}
	until(t, "a full one goes, with what came before it", flying(2))
	until(t, "the rest waits", waiting(1))
	close(server.gate)
	all.Wait()
	if q.flying != 0 || q.bytes != 0 || len(q.posts) != 0 {
		t.Errorf("%d are on their way, %d posts of %d bytes wait", q.flying, len(q.posts), q.bytes)
	}
}

func TestHowLongAPostWaitsForCompany(t *testing.T) {
	now := time.Now()
	c := company{}
	late := make(chan struct{}, 1)
	awaited := func(posts int, at time.Time) bool { return c.awaited(posts, at, func() { late <- struct{}{} }) }
	if awaited(1, now) {
		t.Error("the first post waits")
	}
	c.settled(1, now, now.Add(100*time.Microsecond))
	if awaited(1, now.Add(100*time.Microsecond)) {
		t.Error("a post waits that had no company before")
	}
	c.settled(8, now, now.Add(100*time.Microsecond))
	if !awaited(7, now.Add(149*time.Microsecond)) {
		t.Error("seven posts don't wait for the eighth")
	}
	<-late
	if awaited(8, now.Add(149*time.Microsecond)) || awaited(1, now.Add(150*time.Microsecond)) {
		t.Error("all of them wait, or one waits too long")
	}
	c.settled(8, now, now.Add(time.Second))
	if !awaited(1, now.Add(time.Second)) || awaited(1, now.Add(time.Second+longestWait)) {
		t.Error("after a slow envelope, posts wait as long as that took")
	}
}
