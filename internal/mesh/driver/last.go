package driver

import (
	"context"
	"errors"
	"fmt"

	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

// found is the last record of a log.
type found struct {
	there  bool // there is one
	record wire.Record
	at     uint64 // its sequence
	end    uint64 // that of the last message, which is another one where somebody has put in what isn't the mesh's

	foreign []uint64 // sequences of the messages after the record, ascending
	why     error    // what is wrong with the last of these
}

func (f *found) holder() ownership.Holder {
	if !f.there || f.record.Kind == wire.Release {
		return ownership.Holder{}
	}
	return ownership.Holder{Node: f.record.ID.Node, Instance: f.record.ID.Instance}
}

// Messages that are no records are passed over backwards, in steps that grow: from so many sequences of the
// stream on, by such a factor.
const (
	firstStep = 256
	stepGrows = 16

	searchAtOnce = 512 // messages
)

// readLast reads the last record of a daemon's log. What it returns was the last one when the
// leader was asked. A record of a later version is an error: nobody may go on from an older one.
func readLast(ctx context.Context, server Server, names link.Names, id uint64) (found, error) {
	m, err := server.Last(ctx, names.Log(id))
	if none(err) {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	f := found{end: m.Sequence}
	if done, err := f.look(m); done || err != nil {
		return f, err
	}
	for step := uint64(firstStep); ; step *= stepGrows {
		from := uint64(1)
		if f.end > step {
			from = f.end - step
		}
		f.foreign = f.foreign[:0]
		if err := f.search(ctx, server, names, id, from); err != nil || f.there || from == 1 {
			return f, err
		}
	}
}

// look takes note of a message of the log, and reports whether it is a record.
func (f *found) look(m link.Message) (bool, error) {
	r, err := wire.ReadRecord(m.Data)
	switch {
	case err == nil:
		f.there, f.record, f.at, f.foreign = true, r, m.Sequence, f.foreign[:0]
		return true, nil
	case errors.Is(err, wire.ErrVersion):
		return false, err
	}
	f.foreign, f.why = append(f.foreign, m.Sequence), err
	return false, nil
}

// search looks at all messages from a sequence to the end. A server that doesn't have the last one yet
// may lack others too, so that is an error.
func (f *found) search(ctx context.Context, server Server, names link.Names, id, from uint64) error {
	for from <= f.end {
		messages, err := server.Read(ctx, names.StreamOf(id), []string{names.Log(id)}, from, searchAtOnce)
		if err != nil {
			return err
		}
		if len(messages) == 0 {
			return &link.Error{Class: link.ErrDown, Detail: fmt.Sprintf("%s has no message from %d on here, but %d is there", names.Log(id), from, f.end)}
		}
		for _, m := range messages {
			if from = m.Sequence + 1; m.Sequence > f.end {
				break
			}
			if _, err := f.look(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// lastOf is readLast, and counts what it passes over.
func (s *Set) lastOf(ctx context.Context, id uint64) (found, error) {
	f, err := readLast(ctx, s.options.Server, s.options.Names, id)
	for _, sequence := range f.foreign {
		s.foreigners.Note(id, s.options.Names.Log(id), sequence, f.why)
	}
	return f, err
}

// find reads the last record.
func (d *Driver) find() (found, error) {
	ctx, cancel := d.set.request()
	defer cancel()
	return d.set.lastOf(ctx, d.id)
}

// Owner returns which run of a node owns a daemon; zero: none does now. known: there is a record.
func (s *Set) Owner(ctx context.Context, id uint64) (owner ownership.Holder, known bool, err error) {
	f, err := s.lastOf(ctx, id)
	return f.holder(), f.there, err
}
