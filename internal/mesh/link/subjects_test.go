package link

import (
	"strings"
	"testing"
)

var sample = Names{"prod-1", 4}

func TestValidName(t *testing.T) {
	for name, valid := range map[string]bool{"a": true, "A_b-9": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "a.b": false, "a*": false, "a>": false, "a b": false, "ä": false} {
		if ValidName(name) != valid {
			t.Errorf("%q: %v", name, !valid)
		}
	}
}

// Subjects are what others look for on the server: they never change.
func TestNames(t *testing.T) {
	n := sample
	for have, want := range map[string]string{
		n.StreamOf(6):                       "MESHOS_prod-1_2",
		n.MetaStream():                      "MESHOS_prod-1_meta",
		n.AuditStream():                     "MESHOS_prod-1_audit",
		n.In(0xabcdef):                      "meshos.prod-1.ev.3.0000000000abcdef.in",
		n.Log(6):                            "meshos.prod-1.ev.2.0000000000000006.log",
		n.Piece(6):                          "meshos.prod-1.ev.2.0000000000000006.part",
		n.State(6):                          "meshos.prod-1.ev.2.0000000000000006.state",
		n.Dead(6):                           "meshos.prod-1.ev.2.0000000000000006.dead",
		n.Everything(6):                     "meshos.prod-1.ev.2.0000000000000006.*",
		n.Settings():                        "meshos.prod-1.meta.mesh",
		n.Lease(7):                          "meshos.prod-1.meta.lease.0000000000000007",
		n.Leases():                          "meshos.prod-1.meta.lease.*",
		n.Registration(6, 7):                "meshos.prod-1.meta.reg.0000000000000006.0000000000000007",
		n.Registrations():                   "meshos.prod-1.meta.reg.*.*",
		n.RegistrationsOf(6):                "meshos.prod-1.meta.reg.0000000000000006.*",
		n.Subscription(6, 5):                "meshos.prod-1.meta.sub.0000000000000006.0000000000000005",
		n.Subscriptions():                   "meshos.prod-1.meta.sub.*.*",
		n.Stop(5):                           "meshos.prod-1.meta.stop.0000000000000005",
		n.Stops():                           "meshos.prod-1.meta.stop.*",
		n.SubscriptionsOf(6):                "meshos.prod-1.meta.sub.0000000000000006.*",
		n.SubscriptionsTo(5):                "meshos.prod-1.meta.sub.*.0000000000000005",
		n.Nonce("ab"):                       "meshos.prod-1.meta.nonce.ab",
		n.Audit():                           "meshos.prod-1.audit",
		n.Node(7, "ping"):                   "meshos.prod-1.node.0000000000000007.ping",
		n.Nodes("ping"):                     "meshos.prod-1.node.*.ping",
		n.Do(6, "flush"):                    "meshos.prod-1.do.0000000000000006.flush",
		n.Beat():                            "meshos.prod-1.beat",
		n.Peers():                           "meshos.prod-1.peers",
		n.Lines(7):                          "meshos.prod-1.log.0000000000000007",
		n.AllLines():                        "meshos.prod-1.log.*",
		n.Inbox(7):                          "_INBOX.meshos.prod-1.0000000000000007",
		n.Republished(n.Log(6)):             "meshos.prod-1.re.2.0000000000000006.log",
		n.Republished(n.Lease(7)):           "meshos.prod-1.rem.lease.0000000000000007",
		n.Republished(n.Beat()):             n.Beat(),
		n.Stored(n.Republished(n.Log(6))):   n.Log(6),
		n.Stored(n.Republished(n.Lease(7))): n.Lease(7),
		n.StreamFor(n.Log(6)):               n.StreamOf(6),
		n.StreamFor(n.Lease(7)):             n.MetaStream(),
		n.StreamFor(n.Audit()):              n.AuditStream(),
		n.StreamFor(n.Beat()):               "",
		n.StreamFor("other.ev.2.x"):         "",
		n.StreamFor("meshos.prod-1.ev.4.x"): "",
		Names{Name: "a"}.StreamOf(5):        "MESHOS_a_0",
	} {
		if have != want {
			t.Errorf("%s, want %s", have, want)
		}
	}
}

func TestParsing(t *testing.T) {
	n := sample
	for _, subject := range []string{n.Log(6), n.Republished(n.Log(6))} {
		if id, part, ok := n.ParseEvent(subject); !ok || id != 6 || part != PartLog {
			t.Errorf("%s: %d, %s, %v", subject, id, part, ok)
		}
	}
	for _, subject := range []string{"", "meshos.prod-1", "meshos.prod-1.ev.1.0000000000000006.log", "meshos.prod-1.ev.2.6.log", "meshos.prod-1.ev.2.000000000000000G.log",
		"meshos.prod-1.ev.2.0000000000000006", "meshos.prod-1.ev.2.0000000000000006.log.x", "meshos.other.ev.2.0000000000000006.log", n.Lease(7), n.Do(6, "log")} {
		if _, _, ok := n.ParseEvent(subject); ok {
			t.Errorf("%s is taken for an event's", subject)
		}
	}
	var id, node uint64
	kind, rest, ok := n.ParseMeta(n.Republished(n.Registration(6, 7)))
	if !ok || kind != "reg" || !ParseIDs(rest, &id, &node) || id != 6 || node != 7 {
		t.Errorf("%s, %v, %v, %d, %d", kind, rest, ok, id, node)
	}
	if ParseIDs(rest, &id) || ParseIDs([]string{"7"}, &id) {
		t.Error("words that are no ids are taken")
	}
	if _, _, ok := n.ParseMeta(n.Log(6)); ok {
		t.Error("an event's subject is taken for the meta stream's")
	}
	kind, id, verb, ok := n.ParseRequest(n.Do(6, "flush"))
	if !ok || kind != "do" || id != 6 || verb != "flush" {
		t.Errorf("%s, %d, %s, %v", kind, id, verb, ok)
	}
	if _, _, _, ok := n.ParseRequest("meshos.prod-1.do.6.flush"); ok {
		t.Error("an id that is not 16 digits is taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample.Log(6))
	f.Add(sample.Registration(6, 7))
	f.Add(sample.Do(6, "flush"))
	f.Fuzz(func(t *testing.T, subject string) {
		if id, part, ok := sample.ParseEvent(subject); ok && sample.Stored(subject) != sample.Of(id, part) {
			t.Errorf("%q is read as %q", subject, sample.Of(id, part))
		}
		if kind, id, verb, ok := sample.ParseRequest(subject); ok && kind == "do" && subject != sample.Do(id, verb) {
			t.Errorf("%q is read as %q", subject, sample.Do(id, verb))
		}
		sample.ParseMeta(subject)
		sample.StreamFor(subject)
	})
}
