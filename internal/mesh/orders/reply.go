package orders

import json "github.com/goccy/go-json"

// A Reply is a node's answer to an order.
type Reply struct {
	V       int             `json:"v"`
	OK      bool            `json:"ok"`
	Kind    string          `json:"kind,omitempty"`    // of the error: a reason of this package, or the kind of a fault
	Message string          `json:"message,omitempty"` // its words
	Result  json.RawMessage `json:"result,omitempty"`
}

// Done is the answer to an order that has been carried out.
func Done() []byte { return encodeReply(Reply{V: Version, OK: true}) }

// Failed is the answer to an order that was taken and could not be carried out.
func Failed(kind, message string) []byte {
	return encodeReply(Reply{V: Version, Kind: kind, Message: message})
}

// Reply is the answer to an order that wasn't taken.
func (r *Refusal) Reply() []byte { return Failed(string(r.Reason), r.Message) }

func encodeReply(r Reply) []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // texts only
	}
	return text
}
