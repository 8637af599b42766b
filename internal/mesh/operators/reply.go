//go:build mesh

package operators

import (
	"bytes"
	"compress/gzip"

	json "github.com/goccy/go-json"

	"netmeshos/internal/mesh/orders"
)

func pack(text []byte) Packed {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text) // into memory
	_ = w.Close()
	return Packed{b.Bytes()}
}

// answer is a Reply with a result.
func answer(result any) []byte {
	text, err := json.Marshal(result)
	if err != nil {
		panic(err) // the types of this file
	}
	whole, err := json.Marshal(orders.Reply{V: orders.Version, OK: true, Result: text})
	if err != nil {
		panic(err)
	}
	return whole
}

// failedWith is a Reply with a result although it failed.
func failedWith(kind, message string, result any) []byte {
	text, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	whole, err := json.Marshal(orders.Reply{V: orders.Version, Kind: kind, Message: message, Result: text})
	if err != nil {
		panic(err)
	}
	return whole
}
