package driver

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/testrand"
)

// flaky loses, delays and doubles what goes to a server and what it answers.
type flaky struct {
	Server
	mu     sync.Mutex // guards what follows
	random *rand.Rand
	rate   int // of 100 requests, so many of each kind of fault
	late   sync.WaitGroup
}

// comesLate is the kind of fault by which a message arrives after its sender has given it up.
const comesLate = 2

func (f *flaky) roll() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rollLocked()
}

// rollLocked needs mu.
func (f *flaky) rollLocked() int {
	if f.rate == 0 {
		return 100
	}
	return f.random.IntN(100) / f.rate
}

// rollForStore counts what comes late before somebody waits for all of that.
func (f *flaky) rollForStore() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	kind := f.rollLocked()
	if kind == comesLate {
		f.late.Add(1)
	}
	return kind
}

var (
	errDoubt = &link.Error{Class: link.ErrDoubt, Detail: "lost in the test"}
	errDown  = &link.Error{Class: link.ErrDown, Detail: "down in the test"}
)

func (f *flaky) Store(ctx context.Context, subject string, data []byte, s link.Storing) (uint64, error) {
	return f.StoreBatch(ctx, []link.BatchPart{{Subject: subject, Data: data}}, s)
}

func (f *flaky) StoreAsync(ctx context.Context, subject string, data []byte, s link.Storing, done func(uint64, error)) {
	go func() { done(f.Store(ctx, subject, data, s)) }() // ends with the request
}

func (f *flaky) StoreBatch(ctx context.Context, parts []link.BatchPart, s link.Storing) (uint64, error) {
	do := func() (uint64, error) {
		if len(parts) == 1 {
			return f.Server.Store(ctx, parts[0].Subject, parts[0].Data, s)
		}
		return f.Server.StoreBatch(ctx, parts, s)
	}
	switch f.rollForStore() {
	case 0: // the answer is lost
		_, _ = do()
		return 0, errDoubt
	case 1: // the message is lost
		return 0, errDoubt
	case comesLate:
		copied := make([]link.BatchPart, len(parts))
		for i, p := range parts {
			copied[i] = link.BatchPart{Subject: p.Subject, Data: append([]byte(nil), p.Data...)}
		}
		if s.Expect != nil {
			s.Expect = link.Expect(*s.Expect)
		}
		parts = copied
		go func() { // ends with the request
			defer f.late.Done()
			f.mu.Lock()
			wait := time.Duration(f.random.IntN(20)) * time.Millisecond
			f.mu.Unlock()
			time.Sleep(wait) // the fault itself: a message on a slow way
			ctx = context.Background()
			_, _ = do()
		}()
		return 0, errDoubt
	case 3: // it is doubled
		sequence, err := do()
		_, _ = do()
		return sequence, err
	case 4:
		return 0, errDown
	}
	return do()
}

func (f *flaky) Last(ctx context.Context, subject string) (link.Message, error) {
	if f.roll() == 0 {
		return link.Message{}, errDown
	}
	return f.Server.Last(ctx, subject)
}

func (f *flaky) Read(ctx context.Context, stream string, filters []string, from uint64, limit int) ([]link.Message, error) {
	if f.roll() == 0 {
		return nil, errDown
	}
	return f.Server.Read(ctx, stream, filters, from, limit)
}

// storm is the load and the crashes of one chaos test.
type storm struct {
	m      *mesh
	random *rand.Rand
	live   map[uint64]*node
	posted int
	given  int // delivers
}

const storms = 3 // nodes

func (s *storm) up(number uint64) {
	n := s.m.start(number)
	s.live[number] = n
	p := newCounter(producer)
	p.gapless = true
	p.stops = true
	fails := rand.New(rand.NewPCG(s.random.Uint64(), 0))
	p.fails = func(uint32) bool { return fails.IntN(500) == 0 } // and then not again
	n.add(p)
	c := newCounter(subscriber)
	c.gapless = true
	n.add(c)
}

func (s *storm) any() *node {
	numbers := make([]uint64, 0, storms)
	for i := range uint64(storms) {
		if s.live[i+1] != nil {
			numbers = append(numbers, i+1)
		}
	}
	return s.live[numbers[s.random.IntN(len(numbers))]]
}

// post posts more, again and again until it is accepted.
func (s *storm) post() {
	count := 1 + s.random.IntN(60)
	for at := s.posted; at < s.posted+count; {
		var events []event.Event
		for i := at; i < s.posted+count; i++ {
			events = append(events, event.Event{Origin: 5, Sequence: uint64(i) + 1, Payload: numbered(5, uint64(s.number(i))).Payload})
		}
		accepted, err := s.any().poster.Post(producer, events, 500*time.Millisecond)
		if at += accepted; err == nil && at < s.posted+count {
			s.m.t.Fatal("fewer are accepted, without an error")
		}
	}
	s.posted += count
}

// number keeps the numbers of posts and of delivers apart.
func (s *storm) number(post int) int { return 2 * post }

// deliver has the next one processed, wherever the owner is.
func (s *storm) deliver() {
	e := event.Event{Origin: 6, Sequence: uint64(s.given) + 1, Payload: numbered(6, uint64(2*s.given+1)).Payload}
	for {
		d := s.any().set.Driver(producer)
		answer := make(chan Answer, 1)
		d.Ask(&Request{Verb: Deliver, Event: e, Done: func(a Answer) { answer <- a }})
		var a Answer
		select {
		case a = <-answer:
		case <-time.After(60 * time.Second):
			s.m.t.Fatal("a deliver is not answered")
		}
		if a.Err == nil && a.Outputs.Len() != 1 {
			s.m.t.Fatalf("a deliver has %d outputs", a.Outputs.Len())
		}
		if a.Err == nil || a.Err.Kind == fault.AlreadyProcessed {
			s.given++
			return
		}
	}
}

// check fails if anything isn't there exactly once.
func (s *storm) check() {
	t := s.m.t
	t.Helper()
	total := s.posted + s.given
	until(t, "all are there", func() bool { return s.m.counted(subscriber) >= total })
	for _, id := range []uint64{producer, subscriber} {
		c, r := s.m.stored(id)
		if c.wrong > 0 || r.Out != uint64(total) {
			t.Errorf("daemon %#x: %d in the wrong order or after a gap, %d outputs, want %d", id, c.wrong, r.Out, total)
		}
		for number, count := range c.counts {
			want := byte(1)
			if number%2 == 0 && number/2 >= s.posted || number%2 == 1 && number/2 >= s.given {
				want = 0
			}
			if count != want {
				t.Fatalf("daemon %#x has counted %d %d times, want %d", id, number, count, want)
			}
		}
	}
}

// rage crashes nodes, makes others believe that they are gone, and posts meanwhile.
func (s *storm) rage(rounds int, also func(round int)) {
	for i := range uint64(storms) {
		s.up(i + 1)
	}
	for s.m.nodes[0].set.Subscribe(context.Background(), producer, subscriber) != nil {
		continue
	}
	for round := range rounds {
		for range 1 + s.random.IntN(4) {
			if s.random.IntN(3) == 0 {
				s.deliver()
			} else {
				s.post()
			}
		}
		number := 1 + s.random.Uint64N(storms)
		switch s.random.IntN(4) {
		case 0:
			s.live[number].crash()
			delete(s.live, number)
			s.up(number)
		case 1: // a false alarm: two believe that they own it
			s.any().set.Gone(s.any().self)
		case 2:
			n := s.any()
			n.lease.Store(false)
			n.set.Lease(false)
			s.post()
			n.lease.Store(true)
			n.set.Lease(true)
		case 3:
			n := s.any()
			n.set.Want(false)
			s.post()
			n.set.Want(true)
		}
		also(round)
	}
}

func TestChaos(t *testing.T) {
	random := testrand.New(t)
	for range 2 {
		server := newMemory(names, []int{1 << 20, 4096}[random.IntN(2)])
		f := &flaky{Server: server, random: rand.New(rand.NewPCG(random.Uint64(), 0)), rate: 2}
		m := newMesh(t, server)
		m.server = f
		m.change = func(o *Options) {
			o.Restart, o.Purge, o.CommitEvery = true, 20*time.Millisecond, time.Millisecond
			o.CommitEvents = []int{1, 16, 256}[random.IntN(3)]
		}
		s := &storm{m: m, random: random, live: map[uint64]*node{}}
		s.rage(25, func(int) {})
		f.mu.Lock()
		f.rate = 0
		f.mu.Unlock()
		f.late.Wait()
		s.check()
		for _, n := range s.live {
			n.crash()
		}
	}
}
