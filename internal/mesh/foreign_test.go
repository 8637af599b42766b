//go:build mesh

package mesh_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
	meshos "netmeshos/runtime"
)

// somebody publishes on a subject of the mesh, and waits until it is stored.
func somebody(t *testing.T, s *meshtest.Server, subject string) {
	t.Helper()
	puts(t, s, subject, "junk")
}

// puts is somebody who puts this there.
func puts(t *testing.T, s *meshtest.Server, subject, what string) (sequence uint64) {
	t.Helper()
	c, _ := visitor(t, s)
	defer c.Close()
	answer, err := c.Request(subject, []byte(what), limit)
	if err != nil {
		t.Fatal(err)
	}
	var ack struct{ Seq uint64 }
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		t.Fatal(err)
	}
	return ack.Seq
}

// Whatever somebody puts on the subjects of a daemon, every call reaches it from every node.
func TestForeignMessagesCutNobodyOff(t *testing.T) {
	s, home, away := pair(t)
	d := new(counter)
	id := register(t, home, 1, d).ID()
	post(t, home, id, 1, 10)
	flush(t, home, id)
	counted := uint64(10)
	for who, sdk := range map[string]*meshos.SDK{"another node": away, "its own node": home} {
		for _, subject := range []string{names.Log(id), names.In(id), names.Piece(id), names.State(id), names.Dead(id)} {
			somebody(t, s, subject)
		}
		counted++
		if err := sdk.Deliver(id, events(int(counted), 1)[0], nil); err != nil { //nolint:gosec // small
			t.Errorf("a deliver from %s: %v", who, err)
		}
		somebody(t, s, names.Log(id))
		if state, err := sdk.Snapshot(id); err != nil || len(state) != 8 || le(state) != counted {
			t.Errorf("a snapshot from %s: %v, %v", who, state, err)
		}
		somebody(t, s, names.Log(id))
		counted++
		post(t, sdk, id, int(counted), 1) //nolint:gosec // small
		began := time.Now()
		if err := sdk.Flush(id, limit); err != nil {
			t.Errorf("a flush from %s: %v after %v", who, err, time.Since(began))
		}
		if d.counted() != counted {
			t.Errorf("after the flush from %s %d are counted, want %d", who, d.counted(), counted)
		}
	}
	// A node that has never met the daemon, and the daemon's next owner.
	somebody(t, s, names.Log(id))
	third := start(t, s, 3)
	if err := third.Deliver(id, events(int(counted)+1, 1)[0], nil); err != nil { //nolint:gosec // small
		t.Errorf("a deliver from a new node: %v", err)
	}
	somebody(t, s, names.Log(id))
	again := new(counter)
	register(t, third, 1, again)
	if err := home.Shutdown(); err != nil {
		t.Fatal(err)
	}
	post(t, away, id, int(counted)+2, 1) //nolint:gosec // small
	flush(t, away, id)
	if again.counted() != counted+2 {
		t.Errorf("the next owner has counted to %d, want %d", again.counted(), counted+2)
	}
	// A name that only somebody else has used is none of a daemon.
	somebody(t, s, names.Log(77))
	if _, err := away.Post(77, events(1, 1)); !is(err, "not_found") {
		t.Errorf("a post to it: %v, want not_found", err)
	}
}

// Each message that is passed over counts once, in what the node shows and in its metrics.
func TestForeignMessagesAreShown(t *testing.T) {
	s := meshtest.Start(t, meshtest.Options{})
	sdk := start(t, s, 1)
	id := register(t, sdk, 1, new(counter)).ID()
	for i := range 3 {
		somebody(t, s, names.In(id))
		somebody(t, s, names.Log(id))
		post(t, sdk, id, i+1, 1)
		flush(t, sdk, id)
	}
	var shown struct {
		Mesh struct {
			Foreign uint64 `json:"foreign_messages"`
		}
		Daemons []struct {
			Mesh struct {
				Foreign uint64 `json:"foreign_messages"`
			}
		}
	}
	if err := json.Unmarshal(sdk.RuntimeJSON(), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Mesh.Foreign != 6 || len(shown.Daemons) != 1 || shown.Daemons[0].Mesh.Foreign != 6 {
		t.Errorf("shown are %+v, want 6 messages", shown)
	}
	for _, line := range []string{"\nnet_meshos_foreign_messages_total 6\n", fmt.Sprintf("net_meshos_daemon_foreign_messages_total{daemon=\"0x%016x\",name=\"daemon-1\"} 6\n", id)} {
		if text := sdk.Metrics(); !strings.Contains(string(text), line) {
			t.Errorf("the metrics have no line %q", line)
		}
	}
}

// Whatever somebody puts in the place of leases and registrations, daemons stay where they are, calls reach them, and what was
// there is put back.
func TestForeignMessagesAmongLeasesAndRegistrations(t *testing.T) {
	// So long that nobody renews by chance what was overwritten before the others have seen it.
	long := func(c *meshos.Config) { c.Mesh.LeaseMS = 6000 }
	s, home, away := pair(t, patient, long)
	d, standby := new(counter), new(counter)
	id := register(t, home, 1, d).ID()
	post(t, home, id, 1, 1)
	flush(t, home, id)
	register(t, away, 1, standby)
	eventually(t, "the second stands by", func() bool { return stands(t, home, id, 2) && lifecycle(t, away, id) == "standby" })
	restored := d.reset()
	counted := 1
	subjects := []string{names.Lease(1), names.Lease(2), names.Registration(id, 1), names.Registration(id, 2)}
	junk := []string{"", "junk", "{}", "7", `{"v":"1"}`, `{"v":1,"instance":7}`, `{"v":1,"instance":"me"}`, `{"instance":"0000000000000001"}`, "\xe1\x01\xff\x00"}
	for _, what := range junk {
		for _, subject := range subjects {
			puts(t, s, subject, what)
			for who, sdk := range []*meshos.SDK{home, away} {
				counted++
				if err := sdk.Deliver(id, events(counted, 1)[0], nil); err != nil {
					t.Errorf("%q on %s: a deliver from %d: %v", what, subject, who+1, err)
				}
			}
		}
	}
	_, js := visitor(t, s)
	readable := func(subject string) func() bool {
		return func() bool {
			m, err := js.GetLastMsg(names.MetaStream(), subject)
			var record struct{ Instance string }
			return err == nil && json.Unmarshal(m.Data, &record) == nil && len(record.Instance) == 16
		}
	}
	for _, subject := range subjects {
		eventually(t, subject+" is as it was", readable(subject))
	}
	if third := start(t, s, 3, patient, long); third.Deliver(id, events(counted+1, 1)[0], nil) != nil {
		t.Error("a new node doesn't reach it")
	}
	if d.counted() != uint64(counted)+1 || standby.counted() != 0 || d.reset() != restored { //nolint:gosec // small
		t.Errorf("%d and %d are counted of %d, after %d restores", d.counted(), standby.counted(), counted+1, d.reset())
	}
	if !stands(t, home, id, 2) || lifecycle(t, home, id) != "running" || lifecycle(t, away, id) != "standby" {
		t.Errorf("it is %s on the first and %s on the second", lifecycle(t, home, id), lifecycle(t, away, id))
	}
	for i, sdk := range []*meshos.SDK{home, away} {
		for _, subject := range subjects {
			if subject == names.Lease(uint64(2-i)) { // nobody waits for a standby, and the first one's own lease says it
				continue
			}
			eventually(t, fmt.Sprintf("node %d says what it has passed over on %s", i+1, subject), func() bool {
				for _, r := range sdk.Logs(0, 10_000) {
					if strings.Contains(r.Message, subject+" is passed over") {
						return true
					}
				}
				return false
			})
		}
		var shown struct {
			Mesh struct {
				Foreign int `json:"foreign_messages"`
			}
		}
		if err := json.Unmarshal(sdk.RuntimeJSON(), &shown); err != nil || shown.Mesh.Foreign < 3 {
			t.Errorf("node %d shows %d messages, %v", i+1, shown.Mesh.Foreign, err)
		}
	}
	// A name that only somebody else has used is none of a daemon.
	somebody(t, s, names.Registration(77, 1))
	if _, err := away.Post(77, events(1, 1)); !is(err, "not_found") {
		t.Errorf("a post to it: %v, want not_found", err)
	}
	if err := home.Shutdown(); err != nil {
		t.Error(err)
	}
	flush(t, away, id)
	if post(t, away, id, counted+2, 1); away.Flush(id, limit) != nil || standby.counted() != uint64(counted)+2 { //nolint:gosec // small
		t.Errorf("the second has counted to %d", standby.counted())
	}
}

// stands reports whether a node stands by for a daemon of another, alone.
func stands(t *testing.T, owner *meshos.SDK, id, node uint64) bool {
	t.Helper()
	text, err := owner.DaemonJSON(id)
	return err == nil && strings.Contains(string(text), fmt.Sprintf(`"standbys":[%d]`, node))
}

// Nodes that can't read what was accepted hand the daemon around once, and then wait, saying so, until somebody can or it is gone.
func TestEventsOfALaterVersionWait(t *testing.T) {
	s, home, away := pair(t)
	d, standby := new(counter), new(counter)
	id := register(t, home, 1, d).ID()
	post(t, home, id, 1, 10)
	flush(t, home, id)
	register(t, away, 1, standby)
	eventually(t, "the second stands by", func() bool { return stands(t, home, id, 2) && lifecycle(t, away, id) == "standby" })
	at := puts(t, s, names.In(id), "\xe1\x02of a later version")
	post(t, home, id, 11, 10)
	for who, sdk := range map[string]*meshos.SDK{"the first": home, "the second": away} {
		if err := sdk.Flush(id, limit); !is(err, fault.Unsupported) {
			t.Errorf("a flush from %s: %v, want unsupported", who, err)
		}
		eventually(t, who+" says why", func() bool { return logged(sdk, id, "goes no further than message") > 0 })
	}
	if n := max(d.counted(), standby.counted()); n != 10 {
		t.Errorf("%d are counted, want 10", n)
	}
	_, js := visitor(t, s)
	if err := js.DeleteMsg(names.Stream(0), at); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it goes on", func() bool { return home.Flush(id, limit) == nil })
	if n := max(d.counted(), standby.counted()); n != 20 {
		t.Errorf("%d are counted, want 20", n)
	}
}
