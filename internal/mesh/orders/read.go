package orders

import (
	"fmt"

	json "github.com/goccy/go-json"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// Read reads a message of a mesh's audit stream. An error: it is no record of an order that the key in it has signed for a
// node of this mesh.
func Read(mesh string, data []byte) (Record, error) {
	s, refusal := decode(data)
	switch {
	case refusal != nil:
		return Record{}, fmt.Errorf("it is no record: %s", refusal.Message)
	case s.order.Mesh != mesh:
		return Record{}, fmt.Errorf("it is of another mesh")
	case !ed25519.Verify(s.key[:], s.order.canonical(), s.signature[:]):
		return Record{}, fmt.Errorf("its signature doesn't cover the order")
	}
	var r Record
	err := json.Unmarshal(data, &r)
	return r, err
}
