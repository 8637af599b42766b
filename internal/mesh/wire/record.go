package wire

import (
	"encoding/binary"
	"fmt"
)

// Kind says why a record was written.
type Kind uint8

// The kinds of records.
const (
	Claim   Kind = 1 + iota // a node has taken the daemon; nothing else is new
	Commit                  // events were processed
	Restore                 // a state was given from outside
	Release                 // the owner gives the daemon up; nothing else is new
)

func (k Kind) String() string {
	if k < Claim || k > Release {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return [...]string{"claim", "commit", "restore", "release"}[k-Claim]
}

// Position says how far a source of events has been processed.
type Position struct {
	Producer uint64 // the daemon whose outputs these are; not used for the inbox
	Sequence uint64 // the last message of which something has been processed, or that has been skipped; 0: none
	Index    uint32 // how many events of it have been processed; Whole: all
}

// Whole is the index of a message that has been processed.
const Whole = 1<<32 - 1

// Answer remembers what a deliver has led to.
type Answer struct {
	Origin, Sequence uint64
	First            uint64 // its first output
	Count            uint32
}

// Form says where something is.
type Form uint8

// The forms of a state, and of outputs.
const (
	None   Form = iota // there is none
	Inline             // in the record
	Pieces             // in pieces
	At                 // where the record with the sequence First has it
)

// Place is where a state or outputs are.
type Place struct {
	Form   Form
	Inline []byte // Form Inline
	First  uint64 // sequence of the first piece, or of the record
	Count  uint32 // of the pieces
	Size   uint64 // of all pieces' bodies
}

// Record is a commit: what a daemon is, from its first event to here.
type Record struct {
	ID    ID
	Kind  Kind
	Out   uint64 // the number of its last output
	First uint64 // the number of the first of this record's outputs
	Seen  uint64 // the number of the last output that an output function has seen for certain
	// Unseen is the sequence of the first record with outputs after Seen; 0: there is none before
	// this one.
	Unseen    uint64
	Inbox     Position
	Producers []Position
	Origins   []byte // windows of the events' origins; see dedup
	Posters   []byte // windows of the posters of envelopes
	Answers   []Answer
	State     Place
	Outputs   Place // Inline or Pieces: a block of Outputs
}

// AppendRecord appends a record.
func AppendRecord(to []byte, c *Record) []byte {
	to = append(to, KindRecord, Version)
	to = appendID(to, c.ID)
	to = append(to, byte(c.Kind))
	for _, v := range [...]uint64{c.Out, c.First, c.Seen, c.Unseen, c.Inbox.Sequence, uint64(c.Inbox.Index)} {
		to = binary.AppendUvarint(to, v)
	}
	to = binary.AppendUvarint(to, uint64(len(c.Producers)))
	for _, p := range c.Producers {
		to = binary.LittleEndian.AppendUint64(to, p.Producer)
		to = binary.AppendUvarint(to, p.Sequence)
		to = binary.AppendUvarint(to, uint64(p.Index))
	}
	to = appendBlock(to, c.Origins)
	to = appendBlock(to, c.Posters)
	to = binary.AppendUvarint(to, uint64(len(c.Answers)))
	for _, a := range c.Answers {
		to = binary.LittleEndian.AppendUint64(to, a.Origin)
		for _, v := range [...]uint64{a.Sequence, a.First, uint64(a.Count)} {
			to = binary.AppendUvarint(to, v)
		}
	}
	to = appendPlace(to, c.State)
	return appendPlace(to, c.Outputs)
}

func appendPlace(to []byte, p Place) []byte {
	to = append(to, byte(p.Form))
	switch p.Form {
	case Inline:
		to = appendBlock(to, p.Inline)
	case Pieces:
		to = binary.AppendUvarint(to, p.First)
		to = binary.AppendUvarint(to, uint64(p.Count))
		to = binary.AppendUvarint(to, p.Size)
	case At:
		to = binary.AppendUvarint(to, p.First)
	case None:
	}
	return to
}

// ReadRecord reads a record. Its blocks are in data.
func ReadRecord(data []byte) (Record, error) {
	r := open(data, KindRecord, "record")
	c := Record{ID: r.id("the record's id")}
	if kind := r.take(1, "the record's kind"); kind != nil {
		c.Kind = Kind(kind[0])
		if c.Kind < Claim || c.Kind > Release {
			r.fail("the record is of %v, which this library doesn't know", c.Kind)
		}
	}
	for _, v := range [...]*uint64{&c.Out, &c.First, &c.Seen, &c.Unseen, &c.Inbox.Sequence} {
		*v = r.uvarint("a number of the record")
	}
	c.Inbox.Index = r.u32("the index of the inbox")
	for range r.count(10, "positions") {
		c.Producers = append(c.Producers, Position{r.u64("a position"), r.uvarint("a position"), r.u32("a position")})
	}
	c.Origins = r.block("the windows of origins")
	c.Posters = r.block("the windows of posters")
	for range r.count(11, "answers") {
		c.Answers = append(c.Answers, Answer{r.u64("an answer"), r.uvarint("an answer"), r.uvarint("an answer"), r.u32("an answer")})
	}
	c.State = r.place("state")
	c.Outputs = r.place("outputs")
	if c.Outputs.Form == At {
		r.fail("the record's outputs are in another")
	}
	if err := r.end("record"); err != nil {
		return Record{}, err
	}
	return c, nil
}

func (r *reader) place(what string) Place {
	form := r.take(1, what)
	if form == nil {
		return Place{}
	}
	p := Place{Form: Form(form[0])}
	switch p.Form {
	case None:
	case Inline:
		p.Inline = r.block(what)
	case Pieces:
		p.First, p.Count, p.Size = r.uvarint(what), r.u32(what), r.uvarint(what)
		if p.Count == 0 || p.Count > MostPieces {
			r.fail("the %s is in %d pieces", what, p.Count)
		}
	case At:
		p.First = r.uvarint(what)
	default:
		r.fail("the %s has the form %d, which this library doesn't know", what, p.Form)
	}
	return p
}
