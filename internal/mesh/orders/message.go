package orders

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	json "github.com/goccy/go-json"
)

// maxMessage is more than any order needs, in bytes: a message that is longer isn't parsed.
const maxMessage = 16 << 10

// A message is an order on its way. Numbers that need 64 bits are texts of 16 hex digits, for readers whose numbers are
// floating-point.
type message struct {
	V         int               `json:"v"`
	Mesh      string            `json:"mesh"`
	Node      string            `json:"node"`
	Instance  string            `json:"instance"`
	Command   string            `json:"command"`
	Arguments map[string]string `json:"arguments"`
	ExpiresMS int64             `json:"expires_ms"`
	Nonce     string            `json:"nonce"`
	Key       string            `json:"key"`
	Signature string            `json:"signature"`
}

// A signed order, with who signed it.
type signed struct {
	order     Order
	key       [KeySize]byte
	signature [SignatureSize]byte
}

func (s *signed) encode() []byte {
	o := &s.order
	arguments := o.Arguments
	if arguments == nil {
		arguments = map[string]string{}
	}
	text, err := json.Marshal(message{
		V: Version, Mesh: o.Mesh, Node: hex16(o.Node), Instance: hex16(o.Instance), Command: string(o.Command),
		Arguments: arguments, ExpiresMS: o.Expires.UnixMilli(), Nonce: hex.EncodeToString(o.Nonce[:]),
		Key: hex.EncodeToString(s.key[:]), Signature: hex.EncodeToString(s.signature[:]),
	})
	if err != nil {
		panic(err) // texts and numbers only
	}
	return text
}

func decode(data []byte) (*signed, *Refusal) {
	if len(data) > maxMessage {
		return nil, refuse(Malformed, "it has %d bytes, at most %d are taken", len(data), maxMessage)
	}
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, refuse(Malformed, "it isn't JSON of an order")
	}
	if m.V != Version {
		return nil, refuse(OtherVersion, "it has the version %d, this node takes %d", m.V, Version)
	}
	s := &signed{order: Order{
		Mesh: m.Mesh, Command: Command(m.Command), Arguments: m.Arguments, Expires: time.UnixMilli(m.ExpiresMS),
	}}
	var err error
	if s.order.Node, err = parse16(m.Node); err != nil {
		return nil, refuse(Malformed, "node: %v", err)
	}
	if s.order.Instance, err = parse16(m.Instance); err != nil {
		return nil, refuse(Malformed, "instance: %v", err)
	}
	for _, field := range []struct {
		name string
		text string
		into []byte
	}{{"nonce", m.Nonce, s.order.Nonce[:]}, {"key", m.Key, s.key[:]}, {"signature", m.Signature, s.signature[:]}} {
		if len(field.text) != hex.EncodedLen(len(field.into)) {
			return nil, refuse(Malformed, "%s: not %d hex digits", field.name, hex.EncodedLen(len(field.into)))
		}
		if _, err := hex.Decode(field.into, []byte(field.text)); err != nil {
			return nil, refuse(Malformed, "%s: not hex digits", field.name)
		}
	}
	return s, nil
}

func hex16(n uint64) string { return fmt.Sprintf("%016x", n) }

func parse16(s string) (uint64, error) {
	if len(s) != 16 {
		return 0, fmt.Errorf("not 16 hex digits")
	}
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("not 16 hex digits")
	}
	return n, nil
}
