//go:build mesh

package mesh

import (
	"context"
	"math/rand/v2"

	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
)

// sendParcel sends the body of a call ahead, in parts.
func (m *Mesh) sendParcel(ctx context.Context, owner ownership.Holder, c *call) error {
	if c.Verb != verbRestore {
		return &link.Error{Class: link.ErrTooLarge}
	}
	state := c.body
	c.Parcel, c.body = rand.Uint64()|1, nil
	for offset := 0; offset < len(state); {
		part := state[offset:min(len(state), offset+m.partBytes())]
		p := call{Verb: verbPart, ID: c.ID, Instance: c.Instance, Parcel: c.Parcel, Offset: offset, Size: len(state), body: part}
		data, err := m.link.Request(ctx, m.names.Node(owner.Node, callVerb), p.encode())
		if err != nil {
			return err
		}
		if a, err := decodeAnswer(data); err != nil || a.Kind != "" {
			return &link.Error{Class: link.ErrRefused, Detail: a.Message}
		}
		offset += len(part)
	}
	return nil
}

// fetchParcel fetches the rest of an answer.
func (m *Mesh) fetchParcel(ctx context.Context, owner ownership.Holder, a *answer) error {
	for len(a.body) < a.Size {
		data, err := m.link.Request(ctx, m.names.Node(owner.Node, callVerb), call{Verb: verbMore, Instance: link.Hex(owner.Instance), Parcel: a.Parcel, Offset: len(a.body)}.encode())
		if err != nil {
			return err
		}
		more, err := decodeAnswer(data)
		if err != nil || more.Kind != "" || len(more.body) == 0 {
			return &link.Error{Class: link.ErrRefused, Detail: more.Message}
		}
		a.body = append(a.body[:len(a.body):len(a.body)], more.body...)
	}
	return nil
}
