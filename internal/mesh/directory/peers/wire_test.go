package peers

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/phase"
	"netmeshos/internal/view"
)

var busy = Figures{Maintenance: phase.DrainFailed, Unhealthy: true, RTTMicros: 850, Load: 131, MemUsed: 12_000, DiskUsed: 400_000, Daemons: 12, Standbys: 3}

func TestAMessageComesBackAsItWas(t *testing.T) {
	block := Slow{Version: "1", StartedMS: 5, MemTotal: 6, DiskTotal: 7, Capabilities: []string{"a", "b"}}.Encode()
	b := Beat{Holder: lease.Holder{Node: 1, Instance: 2}, Leaving: true, Figures: busy, Hash: block.Hash, Block: &block}
	got, ok := DecodeBeat(b.Encode())
	if !ok || got.Holder != b.Holder || !got.Leaving || got.Figures != busy || got.Hash != b.Hash || got.Block.Slow.Capabilities[1] != "b" {
		t.Errorf("beat: %+v", got)
	}
	c := Changes{
		Aggregator: b.Holder, At: Position{9, 8}, Base: Position{7, 6}, Leaving: true, Wanted: []uint64{5}, Gone: []lease.Holder{{Node: 3, Instance: 4}},
		Blocks: []Block{block}, Nodes: []Node{{b.Holder, view.Unreachable, busy, block.Hash}, {lease.Holder{Node: 8, Instance: 9}, view.Healthy, Figures{}, 1}},
		brief: []bool{false, true},
	}
	back, ok := DecodeChanges(c.Encode())
	if !ok || back.Aggregator != c.Aggregator || back.At != c.At || back.Base != c.Base || !back.Leaving || back.Wanted[0] != 5 || back.Gone[0] != c.Gone[0] ||
		back.Blocks[0].Hash != block.Hash || back.Nodes[0] != c.Nodes[0] || back.Nodes[1] != (Node{lease.Holder{Node: 8}, view.Healthy, Figures{}, 0}) {
		t.Errorf("changes: %+v", back)
	}
	p := Page{At: Position{1, 2}, Blocks: c.Blocks, Nodes: c.Nodes, More: true}
	page, ok := DecodePage(p.Encode())
	if !ok || page.At != p.At || !page.More || !slices.Equal(page.Nodes, p.Nodes) || page.Blocks[0].Hash != block.Hash {
		t.Errorf("page: %+v", page)
	}
}

// The number is what the received bytes of a mesh of thousands of nodes are computed from.
func TestAChangedNodeTakesAboutTwentyBytes(t *testing.T) {
	c := Changes{Aggregator: lease.Holder{Node: 1, Instance: 2}, At: Position{100, 1000}}
	empty := len(c.Encode())
	for range 100 {
		c.Nodes, c.brief = append(c.Nodes, Node{lease.Holder{Node: 1 << 63, Instance: 2}, view.Healthy, busy, 1}), append(c.brief, true)
	}
	if each := float64(len(c.Encode())-empty) / 100; each > 22 || empty > 32 {
		t.Errorf("%v bytes a node, %d for none", each, empty)
	}
}

func TestCapabilitiesThatAreTooManyAreCut(t *testing.T) {
	var tags []string
	for range 10_000 {
		tags = append(tags, strings.Repeat("x", 20))
	}
	b := Slow{Capabilities: tags}.Encode()
	if n := len(b.Slow.Capabilities); n < 1000 || len(b.Text) > capabilityBytes+200 {
		t.Errorf("%d tags in %d bytes", n, len(b.Text))
	}
}

func FuzzMessages(f *testing.F) {
	block := Slow{Version: "1"}.Encode()
	h := lease.Holder{Node: 1, Instance: 2}
	node := Node{h, view.Degraded, busy, block.Hash}
	f.Add(Beat{Holder: h, Figures: busy, Hash: block.Hash, Block: &block}.Encode())
	f.Add(Changes{Aggregator: h, At: Position{1, 1}, Gone: []lease.Holder{h}, Wanted: []uint64{1}, Blocks: []Block{block}, Nodes: []Node{node}}.Encode())
	f.Add(Page{At: Position{1, 1}, Blocks: []Block{block}, Nodes: []Node{node}}.Encode())
	f.Add([]byte("c\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := NewDirectory(beat, 0)
		table := NewTable(h, 1, beat, 0, d)
		if b, ok := DecodeBeat(data); ok {
			again, ok := DecodeBeat(b.Encode())
			if !ok || again.Holder != b.Holder || again.Figures != b.Figures {
				t.Fatalf("%+v became %+v", b, again)
			}
			table.Beat(0, b)
			table.Publish(beat)
		}
		if c, ok := DecodeChanges(data); ok {
			d.Apply(0, 1, c)
			d.All(0)
			if first, second := c.Encode(), c.Encode(); !bytes.Equal(first, second) {
				t.Fatal("not the same twice")
			}
		}
		if p, ok := DecodePage(data); ok {
			d.Fetched(0, []Page{p})
			d.Peers(0, 1, 1)
		}
	})
}
