package users

import (
	"fmt"

	"github.com/nats-io/jwt/v2"

	"netmeshos/internal/mesh/link"
)

// streams are those of a mesh.
func streams(n link.Names) []string {
	all := []string{n.MetaStream(), n.AuditStream()}
	for k := range n.Streams {
		all = append(all, n.Stream(k))
	}
	return all
}

// A node of a mesh stores events for every daemon, for it may take over any, and withdraws the registrations of nodes that
// are gone. What is a single node's is guarded: its lease, its beats, its log lines, the questions to it, and the answers to
// its own. It removes what is processed, and so may purge the streams with events, and no other.
func nodePermissions(n link.Names, node uint64) jwt.Permissions {
	hex := link.Hex(node)
	var p jwt.Permissions
	p.Pub.Allow.Add(
		"meshos."+n.Name+".ev.>",
		n.Lease(node), n.Aggregator(), n.Settings(), n.Nonce("*"), n.Subscriptions(), n.Rooms(), n.Stops(), n.Registrations(), n.DaemonNames(),
		n.Audit(), n.BeatOf(node), n.Peers(), n.Lines(node),
		"meshos."+n.Name+".node.>", "meshos."+n.Name+".do.>",
		"_INBOX.meshos."+n.Name+".>", // answers; whoever gets them has asked for them
		"$JS.API.INFO",
	)
	for _, stream := range streams(n) {
		for _, verb := range []string{"CREATE", "INFO", "MSG.GET"} {
			p.Pub.Allow.Add(fmt.Sprintf("$JS.API.STREAM.%s.%s", verb, stream))
		}
		p.Pub.Allow.Add("$JS.API.DIRECT.GET."+stream, "$JS.API.DIRECT.GET."+stream+".>")
	}
	for k := range n.Streams {
		p.Pub.Allow.Add("$JS.API.STREAM.PURGE." + n.Stream(k))
	}
	p.Sub.Allow.Add(
		"meshos."+n.Name+".re.>", "meshos."+n.Name+".rem.>", n.Beats(), n.Peers(),
		"meshos."+n.Name+".node."+hex+".>", "meshos."+n.Name+".do.>",
		n.Inbox(node)+".>",
	)
	return p
}

// An operator reads everything, asks nodes, and posts. Its orders are signed.
func operatorPermissions(n link.Names, inbox string) jwt.Permissions {
	var p jwt.Permissions
	p.Pub.Allow.Add(
		"meshos."+n.Name+".ev.*.*.in", n.Rooms(), "meshos."+n.Name+".node.*.*", "$JS.API.INFO",
		"_INBOX.meshos."+n.Name+".>", // pieces of a state, for the node that asks for them
	)
	for _, stream := range streams(n) {
		for _, verb := range []string{"STREAM.INFO", "STREAM.MSG.GET", "CONSUMER.CREATE", "CONSUMER.INFO", "CONSUMER.DELETE"} {
			p.Pub.Allow.Add("$JS.API." + verb + "." + stream)
			if verb[0] == 'C' {
				p.Pub.Allow.Add("$JS.API." + verb + "." + stream + ".>")
			}
		}
		p.Pub.Allow.Add("$JS.API.DIRECT.GET."+stream, "$JS.API.DIRECT.GET."+stream+".>", "$JS.ACK."+stream+".>", "$JS.FC."+stream+".>")
	}
	p.Sub.Allow.Add(inbox+".>", n.AllLines(), n.Peers(), "meshos."+n.Name+".re.>", "meshos."+n.Name+".rem.>")
	return p
}

// The server itself answers posts while it has no room for them.
func serverPermissions() jwt.Permissions {
	var p jwt.Permissions
	p.Pub.Allow.Add("_INBOX.>")
	p.Sub.Allow.Add("_MESHOS.refused", "_INBOX.>")
	return p
}
