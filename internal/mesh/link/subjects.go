package link

import (
	"fmt"
	"strconv"
	"strings"
)

// Names makes the names that a mesh has on its servers, and reads them. Nobody else spells them.
// Daemons and nodes are written as 16 hex digits.
type Names struct {
	Name    string // of the mesh: ValidName
	Streams int    // how many streams hold the events of its daemons, at least 1
}

// ValidName tells whether a mesh may have this name: 1 to 64 of A-Z, a-z, 0-9, _ and -.
func ValidName(name string) bool {
	if len(name) < 1 || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// Part says what a message on a daemon's subject is.
type Part string

// What a daemon has on the server.
const (
	PartIn    Part = "in"    // envelopes: the events posted to it
	PartLog   Part = "log"   // its commits and claims
	PartPiece Part = "part"  // pieces of a commit that doesn't fit one message, just before it
	PartState Part = "state" // chunks of a large state
	PartDead  Part = "dead"  // events that it could not process
)

// Hex writes an id as it stands in a subject.
func Hex(id uint64) string { return fmt.Sprintf("%016x", id) }

// ParseHex reads what Hex has written, and nothing else.
func ParseHex(s string) (uint64, bool) {
	if len(s) != 16 || strings.ToLower(s) != s {
		return 0, false
	}
	id, err := strconv.ParseUint(s, 16, 64)
	return id, err == nil
}

// StreamOf is the stream that holds everything of a daemon.
func (n Names) StreamOf(id uint64) string { return n.Stream(n.number(id)) }

// Stream is the event stream of this number, from 0 to Streams-1.
func (n Names) Stream(k int) string { return "MESHOS_" + n.Name + "_" + strconv.Itoa(k) }

// MetaStream is the stream of leases, registrations and subscriptions. (Were it MESHOS_NAME, that of a mesh
// called "a_0" would be an event stream of "a".)
func (n Names) MetaStream() string { return "MESHOS_" + n.Name + "_meta" }

// AuditStream is the stream of the orders that nodes have carried out.
func (n Names) AuditStream() string { return "MESHOS_" + n.Name + "_audit" }

func (n Names) number(id uint64) int { return int(id % uint64(max(n.Streams, 1))) } //nolint:gosec // under Streams

func (n Names) event(tree string, id uint64, part Part) string {
	return fmt.Sprintf("meshos.%s.%s.%d.%016x.%s", n.Name, tree, n.number(id), id, part)
}

// Stored subjects of a daemon.

// Of is the subject of one part of a daemon.
func (n Names) Of(id uint64, part Part) string { return n.event("ev", id, part) }

// In is the subject of a daemon's envelopes.
func (n Names) In(id uint64) string { return n.Of(id, PartIn) }

// Log is the subject of a daemon's commits.
func (n Names) Log(id uint64) string { return n.Of(id, PartLog) }

// Piece is the subject of the pieces of a daemon's large commits.
func (n Names) Piece(id uint64) string { return n.Of(id, PartPiece) }

// State is the subject of the chunks of a daemon's state.
func (n Names) State(id uint64) string { return n.Of(id, PartState) }

// Dead is the subject of a daemon's dead letters.
func (n Names) Dead(id uint64) string { return n.Of(id, PartDead) }

// Everything is the pattern of all subjects of a daemon.
func (n Names) Everything(id uint64) string { return n.event("ev", id, "*") }

// ParseEvent reads the subject of a daemon's message, as stored or as republished.
func (n Names) ParseEvent(subject string) (id uint64, part Part, ok bool) {
	words := n.words(subject)
	if len(words) != 4 || (words[0] != "ev" && words[0] != "re") {
		return 0, "", false
	}
	id, ok = ParseHex(words[2])
	if !ok || words[1] != strconv.Itoa(n.number(id)) {
		return 0, "", false
	}
	return id, Part(words[3]), true
}

// Subjects of the meta stream.

func (n Names) meta(rest string) string { return "meshos." + n.Name + ".meta." + rest }

// Settings is the subject of what all nodes of the mesh must agree on.
func (n Names) Settings() string { return n.meta("mesh") }

// Lease is the subject of a node's lease.
func (n Names) Lease(node uint64) string { return n.meta("lease." + Hex(node)) }

// Leases is the pattern of all leases.
func (n Names) Leases() string { return n.meta("lease.*") }

// Aggregator is the subject that says which node the others send their beats to.
func (n Names) Aggregator() string { return n.meta("aggregator") }

// Registration is the subject that says that a node has registered a daemon.
func (n Names) Registration(id, node uint64) string {
	return n.meta("reg." + Hex(id) + "." + Hex(node))
}

// Registrations is the pattern of all registrations.
func (n Names) Registrations() string { return n.meta("reg.*.*") }

// RegistrationsOf is the pattern of the registrations of a daemon.
func (n Names) RegistrationsOf(id uint64) string { return n.meta("reg." + Hex(id) + ".*") }

// Subscription is the subject that says that a daemon gets another's outputs.
func (n Names) Subscription(subscriber, producer uint64) string {
	return n.meta("sub." + Hex(subscriber) + "." + Hex(producer))
}

// Subscriptions is the pattern of all subscriptions.
func (n Names) Subscriptions() string { return n.meta("sub.*.*") }

// SubscriptionsOf is the pattern of what a daemon has subscribed to.
func (n Names) SubscriptionsOf(subscriber uint64) string {
	return n.meta("sub." + Hex(subscriber) + ".*")
}

// SubscriptionsTo is the pattern of who has subscribed to a daemon.
func (n Names) SubscriptionsTo(producer uint64) string { return n.meta("sub.*." + Hex(producer)) }

// Room is the subject that says how much one run of a node may have stored for a daemon that isn't processed.
func (n Names) Room(daemon, instance uint64) string {
	return n.meta("wait." + Hex(daemon) + "." + Hex(instance))
}

// Rooms is the pattern of all of these.
func (n Names) Rooms() string { return n.meta("wait.*.*") }

// RoomsFor is the pattern of those for a daemon.
func (n Names) RoomsFor(daemon uint64) string { return n.meta("wait." + Hex(daemon) + ".*") }

// Stop is the subject that says whether a daemon is stopped.
func (n Names) Stop(id uint64) string { return n.meta("stop." + Hex(id)) }

// Stops is the pattern of all of these.
func (n Names) Stops() string { return n.meta("stop.*") }

// Nonce is the subject that keeps an order's nonce until the order is over. The nonce is in hex.
func (n Names) Nonce(nonce string) string { return n.meta("nonce." + nonce) }

// ParseMeta reads a subject of the meta stream, as stored or as republished: its kind ("lease", "reg", "sub",
// "wait", "stop", "nonce", "mesh") and the words after it.
func (n Names) ParseMeta(subject string) (kind string, rest []string, ok bool) {
	words := n.words(subject)
	if len(words) < 2 || (words[0] != "meta" && words[0] != "rem") {
		return "", nil, false
	}
	return words[1], words[2:], true
}

// ParseIDs reads words of a subject that are ids, such as ParseMeta's of a registration: daemon, node.
func ParseIDs(words []string, ids ...*uint64) bool {
	if len(words) != len(ids) {
		return false
	}
	for i, word := range words {
		id, ok := ParseHex(word)
		if !ok {
			return false
		}
		*ids[i] = id
	}
	return true
}

// Audit is the subject of the orders that nodes have carried out.
func (n Names) Audit() string { return "meshos." + n.Name + ".audit" }

// Republished is where the servers publish what they have stored under a subject; patterns work too. What is
// not republished (audit) stays as it is.
func (n Names) Republished(subject string) string {
	return n.swap(n.swap(subject, "ev.", "re."), "meta.", "rem.")
}

// Stored is the reverse of Republished.
func (n Names) Stored(subject string) string {
	return n.swap(n.swap(subject, "re.", "ev."), "rem.", "meta.")
}

func (n Names) swap(subject, from, to string) string {
	prefix := "meshos." + n.Name + "."
	if rest, ok := strings.CutPrefix(subject, prefix+from); ok {
		return prefix + to + rest
	}
	return subject
}

// StreamFor is the stream that stores a subject or pattern of this mesh; "" if none does.
func (n Names) StreamFor(subject string) string {
	words := n.words(subject)
	switch {
	case len(words) >= 2 && words[0] == "ev":
		if k, err := strconv.Atoi(words[1]); err == nil && k >= 0 && k < max(n.Streams, 1) {
			return n.Stream(k)
		}
	case len(words) >= 2 && words[0] == "meta":
		return n.MetaStream()
	case len(words) == 1 && words[0] == "audit":
		return n.AuditStream()
	}
	return ""
}

// Subjects that nothing stores.

func (n Names) core(rest string) string { return "meshos." + n.Name + "." + rest }

// Node is the subject of one request to a node; verb "*": of all.
func (n Names) Node(node uint64, verb string) string { return n.core("node." + Hex(node) + "." + verb) }

// Nodes is the pattern of a request to any node.
func (n Names) Nodes(verb string) string { return n.core("node.*." + verb) }

// Do is the subject of one request to the owner of a daemon; verb "*": of all.
func (n Names) Do(id uint64, verb string) string { return n.core("do." + Hex(id) + "." + verb) }

// ParseRequest reads a subject that Node or Do has made.
func (n Names) ParseRequest(subject string) (kind string, id uint64, verb string, ok bool) {
	words := n.words(subject)
	if len(words) != 3 || (words[0] != "node" && words[0] != "do") {
		return "", 0, "", false
	}
	id, ok = ParseHex(words[1])
	return words[0], id, words[2], ok
}

// Beat begins the subjects of beats.
func (n Names) Beat() string { return n.core("beat") }

// BeatOf is where one node sends its beats: permissions of the servers keep others from it.
func (n Names) BeatOf(node uint64) string { return n.Beat() + "." + Hex(node) }

// Beats is the pattern of the beats of all nodes.
func (n Names) Beats() string { return n.Beat() + ".*" }

// ParseBeat reads a subject that BeatOf has made.
func (n Names) ParseBeat(subject string) (node uint64, ok bool) {
	words := n.words(subject)
	if len(words) != 2 || words[0] != "beat" {
		return 0, false
	}
	return ParseHex(words[1])
}

// Peers is where the aggregator publishes what has changed.
func (n Names) Peers() string { return n.core("peers") }

// Lines is where a node publishes its log lines.
func (n Names) Lines(node uint64) string { return n.core("log." + Hex(node)) }

// AllLines is the pattern of the log lines of all nodes.
func (n Names) AllLines() string { return n.core("log.*") }

// Inbox is the prefix of the subjects on which a node gets answers. Permissions of the servers keep other
// nodes out of it.
func (n Names) Inbox(node uint64) string { return "_INBOX.meshos." + n.Name + "." + Hex(node) }

// words are those after "meshos.NAME.".
func (n Names) words(subject string) []string {
	rest, ok := strings.CutPrefix(subject, "meshos."+n.Name+".")
	if !ok {
		return nil
	}
	return strings.Split(rest, ".")
}
