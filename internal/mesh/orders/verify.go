package orders

import (
	"bytes"
	"encoding/hex"
	"time"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// Who is the node that an order reaches.
type Who struct {
	Mesh      string
	Node      uint64
	Instance  uint64
	Operators [][KeySize]byte // the public keys whose orders it takes; none: it takes none
}

// Verify returns the order of a message, and the key that has signed it, if it is good for this node now. It doesn't
// know whether the order has been given before: see Taker.
func (w *Who) Verify(data []byte, now time.Time) (*Order, [KeySize]byte, *Refusal) {
	s, refusal := w.verify(data, now)
	if refusal != nil {
		return nil, [KeySize]byte{}, refusal
	}
	return &s.order, s.key, nil
}

func (w *Who) verify(data []byte, now time.Time) (*signed, *Refusal) {
	if len(w.Operators) == 0 {
		return nil, refuse(NoOperators, "the configuration of this node has no mesh.operators")
	}
	s, refusal := decode(data)
	if refusal != nil {
		return nil, refusal
	}
	if !w.knows(&s.key) {
		return nil, refuse(UnknownKey, "%s is not one of mesh.operators", hex.EncodeToString(s.key[:]))
	}
	// Nothing else in the order is believed before this.
	if !ed25519.Verify(s.key[:], s.order.canonical(), s.signature[:]) {
		return nil, refuse(BadSignature, "the signature of %s doesn't cover the order", hex.EncodeToString(s.key[:]))
	}
	if refusal := w.forMe(&s.order); refusal != nil {
		return nil, refusal
	}
	if refusal := s.order.known(); refusal != nil {
		return nil, refusal
	}
	return s, s.order.timely(now)
}

func (w *Who) knows(key *[KeySize]byte) bool {
	for i := range w.Operators {
		if bytes.Equal(w.Operators[i][:], key[:]) {
			return true
		}
	}
	return false
}

func (w *Who) forMe(o *Order) *Refusal {
	switch {
	case o.Mesh != w.Mesh:
		return refuse(OtherMesh, "the order is for the mesh %.64q, this one is %q", o.Mesh, w.Mesh)
	case o.Node != w.Node:
		return refuse(OtherNode, "the order is for node %016x, this is %016x", o.Node, w.Node)
	case o.Instance != w.Instance:
		return refuse(OtherInstance, "the order is for another run of this node, which has restarted since")
	}
	return nil
}

// known refuses what this node wouldn't understand in whole.
func (o *Order) known() *Refusal {
	shape, found := shapes[o.Command]
	if !found {
		return refuse(Unknown, "there is no command %.32q", string(o.Command))
	}
	for name := range o.Arguments {
		if _, found := shape[name]; !found {
			return refuse(Unknown, "%s has no argument %.32q", o.Command, name)
		}
	}
	for name, optional := range shape {
		if _, given := o.Arguments[name]; !given && !optional {
			return refuse(Unknown, "%s lacks its argument %q", o.Command, name)
		}
	}
	return nil
}

func (o *Order) timely(now time.Time) *Refusal {
	switch left := o.Expires.Sub(now); {
	case left <= 0:
		return refuse(Expired, "the order ended %v ago by the clock of this node", -left.Round(time.Millisecond))
	case left > MaxLife:
		return refuse(TooLong, "the order is good for %v more by the clock of this node, at most %v are taken",
			left.Round(time.Millisecond), MaxLife)
	}
	return nil
}
