package peers

import (
	"testing"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/phase"
	"netmeshos/internal/testrand"
)

// A mesh of 5,000 nodes, all of which are busy, and some of which come, go and change every second: what
// everybody receives stays below 5 KB/s, and no figure is older than the nodes' number says.
func TestWhatFiveThousandNodesReceive(t *testing.T) {
	random := testrand.New(t)
	const nodes, seconds = 5000, 60
	self := lease.Holder{Node: 1, Instance: 1}
	table := NewTable(self, 1, beat, 0, NewDirectory(beat, 0))
	reader := NewDirectory(beat, 0)
	block := Slow{Version: "1.0", StartedMS: 1, MemTotal: 64 << 30, Capabilities: []string{"gpu"}}.Encode()
	beats := make([]Beat, nodes)
	for i := range beats {
		beats[i] = Beat{Holder: lease.Holder{Node: random.Uint64() >> 11, Instance: random.Uint64() | 1}, Hash: block.Hash, Block: &block}
		beats[i].Figures = Figures{RTTMicros: 300, Load: 101, MemUsed: 8000, DiskUsed: 400_000}
		table.Beat(0, beats[i])
		beats[i].Block = nil
	}
	joined, longest := 0, 0
	for _, m := range table.Publish(0) {
		joined += len(m)
		longest = max(longest, len(m))
		c, _ := DecodeChanges(m)
		reader.Apply(0, 2, c)
	}
	total, beatBytes := 0, 0
	for second := range seconds {
		now := beat * time.Duration(second+1)
		for i := range beats {
			f := &beats[i].Figures
			f.Load = 50 + random.Uint64N(300)
			f.MemUsed = 4000 + random.Uint64N(20_000)
			f.RTTMicros = 200 + random.Uint64N(2000)
			if random.IntN(500) == 0 { // 10 a second
				f.Maintenance = phase.Maintenance - f.Maintenance
			}
			beatBytes += len(beats[i].Encode())
			table.Beat(now, beats[i])
		}
		for _, m := range table.Publish(now) {
			total += len(m)
			c, ok := DecodeChanges(m)
			if !ok {
				t.Fatal("a message can't be read")
			}
			reader.Apply(now, 2, c)
		}
	}
	old := 0
	for _, s := range reader.All(beat * seconds) {
		r := table.nodes[s.Holder.Node]
		if r.public.Figures != s.Figures || s.Figures.Maintenance != r.now.Figures.Maintenance {
			t.Fatalf("%+v is shown as %+v", r.now, s)
		}
		if beat*seconds-r.published > (nodes/figuresEach+5)*beat {
			old++
		}
	}
	each := total / seconds
	t.Logf("%d bytes a second for everybody, %d a beat for the aggregator, %d in messages of up to %d to begin with", each, beatBytes/seconds/nodes, joined, longest)
	if each > 4000 || old > 0 || longest > 2*messageBytes || beatBytes/seconds/nodes > 60 {
		t.Errorf("%d nodes are old", old)
	}
}
