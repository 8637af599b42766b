package wire

import (
	"encoding/hex"
	"reflect"
	"testing"

	"netmeshos/internal/event"
)

// What is written must be what every library of this version has written: nodes are upgraded one by one, and read what the
// others have stored. These bytes never change; a layout that does has another version.
func TestVersion1HasTheseBytes(t *testing.T) {
	if Version != 1 {
		t.Fatalf("version %d has bytes of its own: add them here, and keep these for who still reads version 1", Version)
	}
	who := ID{Node: 7, Instance: 0x1122334455667788, Counter: 300}
	var in, out event.Batch
	for i, payload := range []string{"ab", "", "c"} {
		in.Add(event.Event{Origin: 5, Sequence: uint64(8 + i), Payload: []byte(payload)})      //nolint:gosec // small
		out.Add(event.Event{Origin: 0x10, Sequence: uint64(41 + i), Payload: []byte(payload)}) //nolint:gosec // small
	}
	in.Add(event.Event{Origin: 6, Sequence: 1 << 40, Payload: []byte("d")})
	outputs := Outputs{Events: out, Causes: []event.Meta{{Origin: 5, Sequence: 8}, {Origin: 5, Sequence: 8}, {Origin: 6, Sequence: 1 << 40}}}
	record := Record{ID: who, Kind: Commit, Out: 43, First: 41, Seen: 40, Unseen: 12, Inbox: Position{0, 99, Whole}, Producers: []Position{{0x21, 500, 3}},
		Origins: []byte("origins"), Posters: []byte("posters"), Answers: []Answer{{5, 8, 41, 2}}, State: Place{Form: Inline, Inline: []byte("state")},
		Outputs: Place{Form: Pieces, First: 97, Count: 2, Size: 1 << 21}}
	claim := Record{ID: who, Kind: Claim, First: 1, Origins: []byte{}, Posters: []byte{}, State: Place{Form: At, First: 77}}
	piece := Piece{ID: who, Index: 130, Body: []byte("body")}
	for _, c := range []struct {
		name    string
		written []byte
		want    string
		read    func(data []byte) (any, error)
		as      any
	}{
		{"envelope", AppendEnvelope(nil, who, in),
			"e10107000000000000008877665544332211ac0204080500000000000000080307040600000000000000808080808020" +
				"61626364",
			func(data []byte) (any, error) {
				e, err := ReadEnvelope(data, nil)
				return e.ID == who && same(e.Events, in), err
			}, true},
		{"record", AppendRecord(nil, &record),
			"c10107000000000000008877665544332211ac02022b29280c63ffffffff0f012100000000000000f40303076f726967" +
				"696e7307706f73746572730105000000000000000829020105737461746502610280808001",
			func(data []byte) (any, error) { return ReadRecord(data) }, record},
		{"claim", AppendRecord(nil, &claim),
			"c10107000000000000008877665544332211ac020100010000000000000000034d00",
			func(data []byte) (any, error) { return ReadRecord(data) }, claim},
		{"piece", AppendPiece(nil, piece),
			"b10107000000000000008877665544332211ac028201626f6479",
			func(data []byte) (any, error) { return ReadPiece(data) }, piece},
		{"outputs", AppendOutputs(nil, outputs),
			"030405000000000000000801020600000000000000808080808020616263",
			func(data []byte) (any, error) {
				o, err := ReadOutputs(data, 0x10, 41)
				return same(o.Events, out) && o.Causes[2] == outputs.Causes[2], err
			}, true},
	} {
		if got := hex.EncodeToString(c.written); got != c.want {
			t.Errorf("the %s is\n%s, want\n%s", c.name, got, c.want)
		}
		data, err := hex.DecodeString(c.want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.read(data); err != nil || !reflect.DeepEqual(got, c.as) {
			t.Errorf("the %s is read as %+v, %v", c.name, got, err)
		}
	}
}
