// Package orders makes and checks the orders that operators give to the nodes of a mesh. An order is signed with
// ed25519, for one node of one mesh and one run of that node, for at most a minute, and is taken once.
//
// A node takes an order in three steps, which Taker does: the signature and what it covers are checked, the nonce is
// kept in the mesh until the order is over, so that nobody can give the order again, and the order goes into the audit
// stream. Only then is it carried out.
package orders

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// Version is that of the format of orders.
const Version = 1

// MaxLife is how long an order may be good for.
const MaxLife = time.Minute

// NonceSize is the length of a nonce in bytes.
const NonceSize = 16

// KeySize and SignatureSize are those of ed25519 (RFC 8032, 5.1) in bytes.
const (
	KeySize       = 32
	SignatureSize = 64
)

// Command is what a node is told to do.
type Command string

// The commands. Each names its arguments, all of which an order of it must have unless they are in brackets.
const (
	Drain    Command = "drain"     // hand over every daemon that has a standby
	Resume   Command = "resume"    // the opposite
	Stop     Command = "stop"      // daemon, [grace_ms]
	Restart  Command = "restart"   // daemon
	Restore  Command = "restore"   // daemon, sha256, size, from: see State
	Forget   Command = "forget"    // daemon
	LogLevel Command = "log_level" // level: trace, debug, info, warn, error
)

// The names of arguments.
const (
	Daemon  = "daemon"   // 16 hex digits
	GraceMS = "grace_ms" // decimal
	Level   = "level"
	SHA256  = "sha256" // 64 hex digits
	Size    = "size"   // decimal, in bytes
	From    = "from"   // the subject that hands out the pieces of a state
)

// shapes has the arguments of every command; true: may be missing.
var shapes = map[Command]map[string]bool{
	Drain:    {},
	Resume:   {},
	Stop:     {Daemon: false, GraceMS: true},
	Restart:  {Daemon: false},
	Restore:  {Daemon: false, SHA256: false, Size: false, From: false},
	Forget:   {Daemon: false},
	LogLevel: {Level: false},
}

// Commands returns all commands, sorted.
func Commands() []Command { return slices.Sorted(maps.Keys(shapes)) }

// An Order is what a signature covers.
type Order struct {
	Mesh      string
	Node      uint64
	Instance  uint64 // the run of the node: an order for one that has restarted since is void
	Command   Command
	Arguments map[string]string
	Expires   time.Time // to the millisecond
	Nonce     [NonceSize]byte
}

// domain keeps signatures of orders apart from those that the same key makes for another purpose.
const domain = "net_meshos order v1"

// canonical returns the bytes that are signed: the domain, then each field in the order of the struct, texts with their
// length before them, numbers with 8 bytes, little-endian, and the arguments sorted by name with their count before
// them. No two orders have the same bytes.
func (o *Order) canonical() []byte {
	b := text(nil, domain)
	b = text(b, o.Mesh)
	b = binary.LittleEndian.AppendUint64(b, o.Node)
	b = binary.LittleEndian.AppendUint64(b, o.Instance)
	b = text(b, string(o.Command))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(o.Arguments)))
	for _, name := range slices.Sorted(maps.Keys(o.Arguments)) {
		b = text(text(b, name), o.Arguments[name])
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(o.Expires.UnixMilli()))
	return append(b, o.Nonce[:]...)
}

func text(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(s)))
	return append(b, s...)
}
