package wire

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"netmeshos/internal/event"
	"netmeshos/internal/testrand"
)

// number is small, large, or in between.
func number(random *rand.Rand) uint64 { return random.Uint64() >> random.IntN(64) }

func block(random *rand.Rand, most int) []byte {
	b := make([]byte, random.IntN(most+1))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func events(random *rand.Rand) event.Batch {
	var b event.Batch
	origin, sequence := number(random), number(random)
	for range random.IntN(20) {
		switch random.IntN(4) {
		case 0:
			origin = number(random)
		case 1:
			sequence = number(random)
		default:
			sequence++
		}
		b.Add(event.Event{Origin: origin, Sequence: sequence, Payload: block(random, 40)})
	}
	return b
}

func id(random *rand.Rand) ID { return ID{number(random), number(random), number(random)} }

func same(a, b event.Batch) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		x, y := a.At(i), b.At(i)
		if x.Origin != y.Origin || x.Sequence != y.Sequence || !bytes.Equal(x.Payload, y.Payload) {
			return false
		}
	}
	return true
}

func place(random *rand.Rand, forms int) Place {
	p := Place{Form: Form(random.IntN(forms))} //nolint:gosec // under forms
	switch p.Form {
	case Inline:
		p.Inline = block(random, 60)
	case Pieces:
		p.First, p.Count, p.Size = number(random), 1+random.Uint32N(MostPieces), number(random)
	case At:
		p.First = number(random)
	case None:
	}
	return p
}

func record(random *rand.Rand) Record {
	c := Record{ID: id(random), Kind: Claim + Kind(random.IntN(4)), Out: number(random), First: number(random), Seen: number(random), Unseen: number(random),
		Inbox: Position{0, number(random), random.Uint32()}, Origins: block(random, 30), Posters: block(random, 30), State: place(random, 4), Outputs: place(random, 3)}
	for range random.IntN(4) {
		c.Producers = append(c.Producers, Position{number(random), number(random), random.Uint32()})
	}
	for range random.IntN(4) {
		c.Answers = append(c.Answers, Answer{number(random), number(random), number(random), random.Uint32()})
	}
	return c
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	random := testrand.New(t)
	for range 2000 {
		who, in := id(random), events(random)
		e, err := ReadEnvelope(AppendEnvelope(nil, who, in), nil)
		if err != nil || e.ID != who || !same(e.Events, in) {
			t.Fatalf("envelope: %v, %v", e, err)
		}
		c := record(random)
		if got, err := ReadRecord(AppendRecord(nil, &c)); err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("record: %+v, %v, want %+v", got, err, c)
		}
		p := Piece{who, random.IntN(MostPieces), block(random, 50)}
		if got, err := ReadPiece(AppendPiece(nil, p)); err != nil || !reflect.DeepEqual(got, p) {
			t.Fatalf("piece: %+v, %v", got, err)
		}
		out := Outputs{Events: in}
		for i := range in.Metas {
			cause := event.Meta{Origin: number(random), Sequence: number(random)}
			if i > 0 && random.IntN(2) == 0 {
				cause = out.Causes[i-1]
			}
			out.Causes = append(out.Causes, cause)
			in.Metas[i].Origin, in.Metas[i].Sequence = 7, 100+uint64(i)
		}
		got, err := ReadOutputs(AppendOutputs(nil, out), 7, 100)
		if err != nil || !same(got.Events, in) || len(got.Causes) != len(out.Causes) {
			t.Fatalf("outputs: %+v, %v", got, err)
		}
		for i := range got.Causes {
			if got.Causes[i] != out.Causes[i] {
				t.Fatalf("cause %d is %v, want %v", i, got.Causes[i], out.Causes[i])
			}
		}
	}
}

// A message that was cut off, or has something behind it, is not taken for another one.
func TestEveryCutIsNoticed(t *testing.T) {
	random := testrand.New(t)
	for range 100 {
		c, in := record(random), events(random)
		for name, m := range map[string][]byte{"envelope": AppendEnvelope(nil, id(random), in), "record": AppendRecord(nil, &c)} {
			for n := range len(m) + 1 {
				cut := m[:n:n]
				if n == len(m) {
					cut = append(cut, 0)
				}
				if err := read(name, cut); err == nil {
					t.Fatalf("%s of %d bytes was read from %d of them", name, len(m), len(cut))
				}
			}
		}
	}
}

func read(name string, m []byte) error {
	var err error
	if name == "envelope" {
		_, err = ReadEnvelope(m, nil)
	} else {
		_, err = ReadRecord(m)
	}
	return err
}

func TestForeignBytesAreAnErrorInWords(t *testing.T) {
	for _, c := range []struct {
		name, what, words string
		data              []byte
	}{
		{"nothing", "envelope", "0 bytes are no envelope", nil},
		{"a text", "envelope", "begins with 0x68", []byte("hello")},
		{"a later version", "record", "version 2", append([]byte{KindRecord, 2}, make([]byte, 60)...)},
		{"another kind", "record", "begins with 0xe1", AppendEnvelope(nil, ID{}, event.Batch{})},
		{"too many events", "envelope", "don't fit", binary.AppendUvarint(append([]byte{KindEnvelope, Version}, make([]byte, 17)...), 1<<40)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := read(c.what, c.data); err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("the error is %v, want %q in it", err, c.words)
			}
		})
	}
}

func FuzzAnyBytes(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		c, in := record(random), events(random)
		f.Add(AppendEnvelope(nil, id(random), in))
		f.Add(AppendRecord(nil, &c))
		f.Add(AppendPiece(nil, Piece{id(random), 3, []byte("body")}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := ReadEnvelope(data, nil); err == nil {
			again, err := ReadEnvelope(AppendEnvelope(nil, e.ID, e.Events), nil)
			if err != nil || again.ID != e.ID || !same(again.Events, e.Events) {
				t.Errorf("read and written again, the envelope is %v, %v", again, err)
			}
		}
		if c, err := ReadRecord(data); err == nil {
			if again, err := ReadRecord(AppendRecord(nil, &c)); err != nil || !reflect.DeepEqual(again, c) {
				t.Errorf("read and written again, the record is %v, %v", again, err)
			}
		}
		_, _ = ReadPiece(data)
		_, _ = ReadOutputs(data, 1, 1)
	})
}
