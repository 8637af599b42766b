package orders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// pieceSize fits a message of any server.
const pieceSize = 512 << 10

// maxState is the longest state that a node takes from an operator, in bytes.
const maxState = 1 << 30

// State returns the state of a restore order. The order has only its hash, for the state may be longer than a message:
// the node asks for the pieces, one after the other, at the subject that the order names.
func (o *Order) State(ctx context.Context, ask func(ctx context.Context, subject string, data []byte) ([]byte, error)) ([]byte, error) {
	size, err := strconv.ParseUint(o.Arguments[Size], 10, 64)
	if err != nil || size > maxState {
		return nil, fmt.Errorf("the size of the state is %.32q, at most %d are taken", o.Arguments[Size], maxState)
	}
	var state []byte // grows with what really comes
	for uint64(len(state)) < size {
		piece, err := ask(ctx, o.Arguments[From], strconv.AppendInt(nil, int64(len(state)), 10))
		if err != nil {
			return nil, fmt.Errorf("the state from byte %d on: %w", len(state), err)
		}
		if len(piece) == 0 || uint64(len(piece)) > size-uint64(len(state)) {
			return nil, fmt.Errorf("the state from byte %d on: %d bytes came", len(state), len(piece))
		}
		state = append(state, piece...)
	}
	if sum := sha256.Sum256(state); hex.EncodeToString(sum[:]) != o.Arguments[SHA256] {
		return nil, fmt.Errorf("the state is not the one that was signed")
	}
	return state, nil
}

// Piece answers what State asks for.
func Piece(state, asked []byte) []byte {
	from, err := strconv.ParseUint(string(asked), 10, 64)
	if err != nil || from >= uint64(len(state)) {
		return nil
	}
	return PieceAt(state, int(from))
}

// PieceAt returns the piece that begins there: from is below the length.
func PieceAt(state []byte, from int) []byte {
	rest := state[from:]
	return rest[:min(len(rest), pieceSize)]
}

// RestoreArguments are those of an order that restores a state.
func RestoreArguments(daemon uint64, state []byte, from string) map[string]string {
	sum := sha256.Sum256(state)
	return map[string]string{
		Daemon: hex16(daemon), SHA256: hex.EncodeToString(sum[:]), Size: strconv.Itoa(len(state)), From: from,
	}
}
