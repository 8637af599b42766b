package wire

import (
	"encoding/binary"
	"fmt"
)

// Piece is a part of a state or of outputs that is too long for a record. Pieces are stored
// before the record that names them, and mean nothing without it.
type Piece struct {
	ID    ID // of the record
	Index int
	Body  []byte
}

// MostPieces bounds what a record may be in.
const MostPieces = 1 << 20

// AppendPiece appends a piece.
func AppendPiece(to []byte, p Piece) []byte {
	to = append(to, KindPiece, Version)
	to = appendID(to, p.ID)
	to = binary.AppendUvarint(to, uint64(p.Index)) //nolint:gosec // not negative
	return append(to, p.Body...)
}

// ReadPiece reads a piece. Its body is in data.
func ReadPiece(data []byte) (Piece, error) {
	r := open(data, KindPiece, "piece")
	p := Piece{ID: r.id("the record of the piece")}
	index := r.uvarint("the index of the piece")
	if r.err != nil {
		return Piece{}, r.err
	}
	if index >= MostPieces {
		return Piece{}, fmt.Errorf("a piece has the index %d", index)
	}
	p.Index, p.Body = int(index), r.data //nolint:gosec // bounded
	return p, nil
}
