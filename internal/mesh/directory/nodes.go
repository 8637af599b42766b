//go:build mesh

package directory

import (
	"cmp"
	"slices"

	json "github.com/goccy/go-json"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/peers"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/view"
)

// Nodes returns all nodes of the mesh, this one too, by ascending id.
func (d *Directory) Nodes() (nodes []Node) {
	d.call(func() {
		all := d.directory.All(clock.Now())
		if at, there := slices.BinarySearchFunc(all, d.self.Node, func(s peers.Shown, id uint64) int { return cmp.Compare(s.Holder.Node, id) }); !there {
			figures, slow := d.look() // no aggregator has told of it yet
			all = slices.Insert(all, at, peers.Shown{Holder: d.self, Health: view.Healthy, Figures: figures, Slow: slow})
		}
		for _, s := range all {
			nodes = append(nodes, nodeOf(s, d.self.Node, d.rtt, d.directory.Aggregator()))
		}
	})
	return nodes
}

// pageBytes leaves room below the servers' usual limit of a message.
const pageBytes = 256 << 10

// serveNodes answers who asks this node which nodes there are: NodesRequest, NodesPage. It runs on a goroutine
// of the link.
func (d *Directory) serveNodes(r link.Request) {
	var ask NodesRequest
	if json.Unmarshal(r.Data, &ask) != nil {
		ask = NodesRequest{First: true}
	}
	d.tasks.Add(1)
	go func() { // ends with the answer
		defer d.tasks.Done()
		page := NodesPage{V: recordVersion, Nodes: []Node{}}
		size := 0
		for _, n := range d.Nodes() {
			if !ask.First && n.ID <= ask.After {
				continue
			}
			if size > pageBytes {
				page.More = true
				break
			}
			page.Nodes = append(page.Nodes, n)
			size += len(marshal(n))
		}
		_ = r.Respond(marshal(page))
	}()
}
