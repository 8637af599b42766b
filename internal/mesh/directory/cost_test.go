//go:build mesh && unix

package directory

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/mesh/meshtest"
	"netmeshos/internal/view"
)

// counter is a proxy between the nodes and the server, which counts what goes over their connections: all
// bytes, those of the protocol too, and the messages.
type counter struct {
	url            string
	server         string
	sent, received atomic.Int64 // bytes, as the nodes see them
	messages       atomic.Int64 // that the nodes have sent
	got            atomic.Int64 // that they have received
	running        sync.WaitGroup
}

func count(t testing.TB, s *meshtest.Server) *counter {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{url: "nats://" + listener.Addr().String(), server: s.URL[len("nats://"):]}
	c.running.Go(func() { // until the listener is closed
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			c.join(conn)
		}
	})
	t.Cleanup(func() { _ = listener.Close(); c.running.Wait() })
	return c
}

// join connects a node with the server, until one of them closes the connection.
func (c *counter) join(node net.Conn) {
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		_ = node.Close()
		return
	}
	pass := func(to, from net.Conn, size, messages *atomic.Int64) {
		p := protocol{size: size, messages: messages}
		_, _ = io.Copy(io.MultiWriter(to, &p), from) // ends when one of them closes
		_ = to.Close()
		_ = from.Close()
	}
	c.running.Go(func() { pass(server, node, &c.sent, &c.messages) })
	c.running.Go(func() { pass(node, server, &c.received, &c.got) })
}

// protocol counts the messages of one direction of a connection: PUB, HPUB, MSG, HMSG and their payload.
type protocol struct {
	size, messages *atomic.Int64
	line           []byte
	skip           int // of the payload
}

func (p *protocol) Write(b []byte) (int, error) {
	p.size.Add(int64(len(b)))
	for rest := b; len(rest) > 0; {
		if n := min(p.skip, len(rest)); n > 0 {
			p.skip -= n
			rest = rest[n:]
			continue
		}
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			p.line = append(p.line, rest...)
			break
		}
		p.line = append(p.line, rest[:end]...)
		rest = rest[end+1:]
		words := bytes.Fields(p.line)
		if len(words) > 2 && slices.Contains([]string{"PUB", "HPUB", "MSG", "HMSG"}, string(words[0])) {
			p.messages.Add(1)
			length, _ := strconv.Atoi(string(words[len(words)-1]))
			p.skip = length + len("\r\n")
		}
		p.line = p.line[:0]
	}
	return len(b), nil
}

// cost is what a node sends and receives in a second.
type cost struct{ messages, sent, got, received float64 }

// measure starts nodes with the default times, waits until all see all, and counts for a while. busy lets
// every node change in every beat so that all must know at once.
func measure(t testing.TB, nodes int, d time.Duration, busy bool) cost {
	t.Helper()
	s := meshtest.Start(t, meshtest.Options{})
	c := count(t, s)
	f := fast{urls: []string{c.url}, lease: 5 * time.Second, beat: time.Second}
	all := make([]*node, nodes)
	for i := range all {
		all[i] = f.node(t, uint64(i+1)<<40|uint64(i+1)) // ids as they are: long
		all[i].set(func(s *State) { s.Capabilities = []string{fmt.Sprint("slot.", i%5)} })
	}
	if busy {
		stop := make(chan struct{})
		var running sync.WaitGroup
		running.Go(func() { // until stop
			for ticker := time.NewTicker(time.Second / 2); ; {
				select {
				case <-ticker.C:
				case <-stop:
					ticker.Stop()
					return
				}
				for _, n := range all {
					n.mu.Lock()
					n.state.Daemons++ // seen with the next beat
					n.mu.Unlock()
				}
			}
		})
		t.Cleanup(func() { close(stop); running.Wait() })
	}
	right := func(n *node) bool {
		seen := n.seen()
		for _, p := range seen {
			if p.Health != view.Healthy || p.RTTMS == nil || *p.SoftwareVersion != fmt.Sprint("v", p.NodeID) || !slices.Equal(p.CapabilitySet, []string{fmt.Sprint("slot.", (p.NodeID>>40-1)%5)}) {
				return false
			}
		}
		return len(seen) == nodes-1
	}
	until(t, "all see all as they are", func() bool { return !slices.ContainsFunc(all, func(n *node) bool { return !right(n) }) })
	from := c.now()
	begun := time.Now()
	time.Sleep(d) // the thing to be measured is what happens while nothing does
	took := time.Since(begun).Seconds() * float64(nodes)
	to := c.now()
	until(t, "all still see all as they are", func() bool { return !slices.ContainsFunc(all, func(n *node) bool { return !right(n) }) })
	return cost{(to.messages - from.messages) / took, (to.sent - from.sent) / took, (to.got - from.got) / took, (to.received - from.received) / took}
}

func (c *counter) now() cost {
	return cost{float64(c.messages.Load()), float64(c.sent.Load()), float64(c.got.Load()), float64(c.received.Load())}
}

// What a node costs must not grow with the number of nodes: docs/mesh.md has the numbers for 200.
func TestWhatANodeSendsAndReceives(t *testing.T) {
	c := measure(t, 20, 5*time.Second, false)
	t.Logf("each of 20 nodes: %.2f messages/s and %.0f bytes/s sent, %.2f messages/s and %.0f bytes/s received", c.messages, c.sent, c.got, c.received)
	if c.messages >= 2 || c.received >= 1500 || c.messages == 0 || c.received == 0 {
		t.Errorf("%+v", c)
	}
}

// BenchmarkNodes runs meshes of up to 200 nodes: go test -tags mesh -bench Nodes -benchtime 1x
func BenchmarkNodes(b *testing.B) {
	for _, nodes := range []int{50, 200} {
		for _, busy := range []bool{false, true} {
			b.Run(fmt.Sprintf("nodes=%d/busy=%v", nodes, busy), func(b *testing.B) {
				for b.Loop() {
					c := measure(b, nodes, 20*time.Second, busy)
					b.ReportMetric(c.messages, "sent-msgs/s")
					b.ReportMetric(c.sent, "sent-B/s")
					b.ReportMetric(c.got, "received-msgs/s")
					b.ReportMetric(c.received, "received-B/s")
				}
			})
		}
	}
}
