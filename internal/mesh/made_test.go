//go:build mesh

package mesh_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"testing"

	"netmeshos/internal/mesh/meshtest"
)

// A node whose id is made has one id for everything: its lease, its connection's name, and where it gets answers.
func TestAnIDThatIsMadeIsTheConnectionsToo(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	s := meshtest.Start(t, meshtest.Options{Arguments: []string{"--http", at}})
	sdk := start(t, s, 0)
	conn, js := visitor(t, s)
	answers, err := conn.SubscribeSync(names.Inbox(sdk.NodeID()) + ".>")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	id := register(t, sdk, 1, new(counter)).ID()
	post(t, sdk, id, 1, 1)
	if _, err := answers.NextMsg(limit); err != nil {
		t.Errorf("the node gets its answers elsewhere: %v", err)
	}
	if _, err := js.GetLastMsg(names.MetaStream(), names.Lease(sdk.NodeID())); err != nil {
		t.Errorf("the lease: %v", err)
	}
	page, err := http.Get("http://" + at + "/connz")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	var shown struct{ Connections []struct{ Name string } }
	if err := json.NewDecoder(page.Body).Decode(&shown); err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, c := range shown.Connections {
		if c.Name == fmt.Sprintf("meshos meshos node %016x", sdk.NodeID()) {
			named++
		}
	}
	if named != 1 {
		t.Errorf("the connections are %+v", shown)
	}
}
