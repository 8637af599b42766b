package orders

import "fmt"

// Reason says why an order is refused. Its text is stable: logs and replies have it.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	NoOperators   Reason = "no_operators"   // the node takes no orders
	Malformed     Reason = "malformed"      // not an order at all
	OtherVersion  Reason = "other_version"  // of a format that this node doesn't know
	UnknownKey    Reason = "unknown_key"    // the key is not one of the node's operators
	BadSignature  Reason = "bad_signature"  // it doesn't cover this order
	OtherMesh     Reason = "other_mesh"     // the order is for another mesh
	OtherNode     Reason = "other_node"     // or for another node
	OtherInstance Reason = "other_instance" // or for a run of this node that is over
	Unknown       Reason = "unknown"        // a command or an argument that this node doesn't know
	Expired       Reason = "expired"        // it came too late
	TooLong       Reason = "too_long"       // it is good for longer than MaxLife, or one of the clocks is wrong
	Repeated      Reason = "repeated"       // it has been taken already
	NotRecorded   Reason = "not_recorded"   // the mesh could keep neither nonce nor record of it: give it again
)

// A Refusal is why an order isn't carried out.
type Refusal struct {
	Reason  Reason
	Message string
}

func refuse(reason Reason, format string, v ...any) *Refusal {
	return &Refusal{reason, fmt.Sprintf(format, v...)}
}

func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.Message }

// Known reports whether r is one of the reasons above.
func (r Reason) Known() bool {
	switch r {
	case NoOperators, Malformed, OtherVersion, UnknownKey, BadSignature, OtherMesh, OtherNode, OtherInstance, Unknown,
		Expired, TooLong, Repeated, NotRecorded:
		return true
	}
	return false
}
