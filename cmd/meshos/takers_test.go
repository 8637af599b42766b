//go:build mesh

package main

import (
	"fmt"
	"testing"

	"netmeshos/internal/mesh/operators"
	"netmeshos/internal/mesh/orders"
)

// An order about a daemon goes to a node that takes orders of the key, whoever else is there.
func TestOrdersGoToANodeThatTakesThem(t *testing.T) {
	w := startWorld(t, "")
	names := w.link.Names()
	for node, runs := range map[uint64]string{3: `{"id":255,"name":"shout","lifecycle":"running"}`, 5: ""} { // before this one, and without operators
		w.store(names.Lease(node), fmt.Sprintf(`{"v":1,"instance":"%016x"}`, node))
		looks := fmt.Appendf(nil, `{"node_id":%d,"config":{"mesh":{"operators":[]}},"daemons":[%s]}`, node, runs)
		s, err := operators.Serve(operators.Options{
			Link: w.link, Who: orders.Who{Mesh: "test", Node: node, Instance: node}, Host: looking{w.node, looks}, Daemons: w.node, Warn: func(message string) { t.Error(message) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
	}
	w.store(names.Lease(1), `{"v":1,"instance":"0000000000000001"}`) // it doesn't answer
	const gone = 0xf0
	w.store(names.In(gone), "x")
	w.run("forget", "240", "--key", w.key)
	w.run("stop", "shout", "--key", w.key)
	if heard := w.node.heard(); heard != "stop ff 0" {
		t.Errorf("the node heard %s", heard)
	}
}

// looking is a node that shows something else of itself.
type looking struct {
	*madeUp
	looks []byte
}

func (l looking) RuntimeJSON() []byte { return l.looks }
