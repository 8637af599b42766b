//go:build mesh

package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/internal/mesh/meshtest"
)

// Whatever ways messages go, beside each other, each arrives whole, and those of one caller in its order.
func TestMessagesPastTheClientArriveWholeAndInOrder(t *testing.T) {
	_, l := start(t)
	ctx, n := within(t), l.Names()
	if l.way.Load() == nil {
		t.Fatal("nothing can be written past the client")
	}
	const callers, each = 8, 60
	var all sync.WaitGroup
	for caller := range uint64(callers) {
		all.Go(func() {
			random := rand.New(rand.NewPCG(caller, 1))
			sizes := []int{0, 1, 500, mostDirect - 20, mostDirect + 1, 3 * mostDirect}
			var stored sync.WaitGroup
			for i := range each {
				text := fmt.Appendf(nil, "%d %d ", caller, i)
				data := append(text, bytes.Repeat([]byte{'a' + byte(i%26)}, sizes[random.IntN(len(sizes))])...)
				var s Storing
				if random.IntN(4) == 0 {
					s.ID = fmt.Sprintf("%d-%d", caller, i) // a header
				}
				stored.Add(1)
				l.StoreAsync(ctx, n.In(100+caller), data, s, func(_ uint64, err error) {
					if err != nil {
						t.Error(err)
					}
					stored.Done()
				})
			}
			stored.Wait()
		})
	}
	all.Wait()
	for caller := range uint64(callers) {
		i, after := 0, uint64(0)
		for {
			batch, err := l.Read(ctx, n.StreamOf(100+caller), []string{n.In(100 + caller)}, after+1, each)
			if err != nil {
				t.Fatal(err)
			}
			if len(batch) == 0 {
				break
			}
			for _, m := range batch {
				want := fmt.Sprintf("%d %d ", caller, i)
				rest, ok := strings.CutPrefix(string(m.Data), want)
				if !ok || strings.Trim(rest, string(rune('a'+i%26))) != "" {
					t.Fatalf("message %d of caller %d is %.40q", i, caller, m.Data)
				}
				i, after = i+1, m.Sequence
			}
		}
		if i != each {
			t.Fatalf("%d of %d messages of caller %d", i, each, caller)
		}
	}
}

// A server that takes nothing holds nobody who writes past the client: what it doesn't take is the writer's.
func TestNobodyWaitsToWritePastTheClient(t *testing.T) {
	s, l := start(t)
	n := l.Names()
	seen := states(l)
	turns(t, seen, true)
	s.Pause(t)
	defer s.Resume(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	data := make([]byte, mostDirect)
	ended := make(chan error, 4096)
	calls := 0
	for occupied := false; !occupied && calls < cap(ended); calls++ {
		occupied = l.writer.given.Load() > 0
		ends(t, "store", func() {
			l.StoreAsync(ctx, n.In(4), data, Storing{}, func(_ uint64, err error) { ended <- err })
		})
	}
	if calls == cap(ended) {
		t.Fatal("the socket takes everything")
	}
	turns(t, seen, false)
	for range calls {
		select {
		case err := <-ended:
			if err == nil {
				t.Fatal("a server that is stopped has stored something")
			}
		case <-ctx.Done():
			t.Fatal("a call doesn't end")
		}
	}
}

func (h *hasty) publish(subject, reply string, data []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.rest) > 0 {
		return errOccupied
	}
	h.fill(&nats.Msg{Subject: subject, Reply: reply, Data: data})
	return h.push()
}

// pair returns the two ends of a TCP connection.
func pair(t *testing.T) (near *hasty, far net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if far, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), far.Close() })
	near = newHasty(conn, deadline, deadline)
	return near, far
}

// A message that has begun is written to its end as there is room again, before any other; one that hasn't is none.
func TestPublishIsAllOrNothing(t *testing.T) {
	near, far := pair(t)
	parts, occupied := 0, 0
	const many = 300
	message := appendMessage(nil, &nats.Msg{Subject: "a.b", Reply: "c", Data: bytes.Repeat([]byte("x"), mostDirect-1)})
	read := make(chan []byte)
	go func() { // more slowly than others write
		var all []byte
		piece := make([]byte, 2*mostDirect)
		for {
			n, err := far.Read(piece)
			if all = append(all, piece[:n]...); err != nil {
				read <- all
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	for published := 0; published < many; {
		switch err := near.publish("a.b", "c", bytes.Repeat([]byte("x"), mostDirect-1)); {
		case err == nil:
			published++
			near.mu.Lock()
			if len(near.rest) > 0 {
				parts++
			}
			near.mu.Unlock()
		case errors.Is(err, errOccupied):
			occupied++
			runtime.Gosched()
		default:
			t.Fatal(err)
		}
	}
	near.finish()
	_ = near.Close()
	if all := <-read; !bytes.Equal(all, bytes.Repeat(message, many)) {
		t.Fatalf("%d bytes for %d messages of %d", len(all), many, len(message))
	}
	if parts == 0 || occupied == 0 {
		t.Fatalf("%d messages were written in parts, and %d times there was no room", parts, occupied)
	}
}

// What is written is what the protocol has.
func TestMessagesAsTheyAreSent(t *testing.T) {
	for want, m := range map[string]*nats.Msg{
		"PUB a.b 3\r\nxyz\r\n": {Subject: "a.b", Data: []byte("xyz")},
		"PUB a.b c 0\r\n\r\n":  {Subject: "a.b", Reply: "c"},
		"HPUB a.b c 21 24\r\nNATS/1.0\r\nKey: 12\r\n\r\nxyz\r\n":   {Subject: "a.b", Reply: "c", Data: []byte("xyz"), Header: nats.Header{"Key": {"12"}}},
		"HPUB a 28 28\r\nNATS/1.0\r\nKey: 1\r\nKey: 2\r\n\r\n\r\n": {Subject: "a", Header: nats.Header{"Key": {"1", "2"}}},
	} {
		if sent := string(appendMessage(nil, m)); sent != want {
			t.Errorf("%q, want %q", sent, want)
		}
	}
}

// A connection that has ended leaves messages to the client.
func TestAWayThatHasEndedIsNotTakenAgain(t *testing.T) {
	_, l := start(t)
	ended, far := pair(t)
	_, _ = ended.Close(), far.Close()
	l.way.Store(ended)
	must(t)(l.Store(within(t), l.Names().In(4), []byte("x"), Storing{}))
	if l.way.Load() != nil {
		t.Error("it is taken again")
	}
}

// The client doesn't close each connection that it leaves.
func TestADialEndsTheConnectionBefore(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	d := newDialer(deadline, time.Second)
	var made [2]net.Conn
	for i := range made {
		if made[i], err = d.Dial("tcp", listener.Addr().String()); err != nil {
			t.Fatal(err)
		}
	}
	defer func() { _ = made[1].Close() }()
	if _, err := made[0].Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the first is written to: %v", err)
	}
	if _, err := made[1].Write([]byte("x")); err != nil || d.current.Load() != made[1] {
		t.Errorf("the second isn't the current one, or can't be written to: %v", err)
	}
}

// What an account may send is known once the server has answered.
func TestTheLimitOfAnAccount(t *testing.T) {
	store := t.TempDir()
	s := meshtest.Start(t, meshtest.Options{Store: store, Config: "jetstream { store_dir: \"" + store + "\" }\n" +
		"accounts { A { jetstream: enabled, limits { max_payload: 20000 }, users: [{user: a, password: b}] } }\nno_auth_user: a\n"})
	o := options(s)
	logged := make(chan string, 64)
	o.Log = func(level, message string) { logged <- level + ": " + message }
	l := open(t, o)
	n := l.Names()
	_, err := l.Store(within(t), n.In(4), make([]byte, 20000), Storing{})
	wants(t, err, ErrTooLarge)
	for _, length := range []int{l.MaxData(), mostDirect, mostDirect + 1, 1} {
		must(t)(l.Store(within(t), n.In(4), make([]byte, length), Storing{}))
	}
	if !l.Up() {
		t.Error("the server has ended the connection")
	}
	if _, err := l.dialer.current.Load().Write([]byte("PUB x 20001\r\n")); err != nil { // as the client never does
		t.Fatal(err)
	}
	for limit := within(t); ; {
		select {
		case line := <-logged:
			if strings.HasPrefix(line, "error: ") && strings.Contains(line, "Maximum Payload Violation") {
				return
			}
		case <-limit.Done():
			t.Fatal("nobody says that the client has given up")
		}
	}
}

// Nobody reads any more: that is an error, not a signal.
func TestPublishRaisesNoSignal(t *testing.T) {
	near, far := pair(t)
	raised := make(chan os.Signal, 1)
	signal.Notify(raised, syscall.SIGPIPE)
	defer signal.Stop(raised)
	_ = far.Close()
	for range 10000 {
		if near.publish("a", "", []byte("x")) != nil {
			break
		}
		runtime.Gosched() // the kernel hears first that nobody reads
	}
	if !near.direct.ended || !errors.Is(near.direct.failed, syscall.EPIPE) {
		t.Fatal(near.direct.failed)
	}
	select {
	case s := <-raised:
		t.Fatal(s)
	default:
	}
}
