//go:build mesh

package directory

import (
	"context"
	"errors"
	"strings"

	json "github.com/goccy/go-json"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/peers"
	"netmeshos/internal/mesh/link"
)

// elect carries out what the election wants.
func (d *Directory) elect(do peers.Step) {
	l, subject := d.o.Link, d.names.Aggregator()
	fail := func() { d.election.Failed(clock.Now()) }
	switch do {
	case peers.ReadClaim:
		d.task(d.o.Beat, func(ctx context.Context) func() {
			m, err := l.Last(ctx, subject)
			if err != nil && !errors.Is(err, link.ErrNone) {
				return fail
			}
			return func() { d.elect(d.election.Found(clock.Now(), claimOf(m))); d.lead() }
		})
	case peers.StoreOwn:
		expect := d.election.Expect()
		data := marshal(aggregatorRecord{recordVersion, link.Hex(d.self.Node), link.Hex(d.self.Instance)})
		d.task(d.o.Beat, func(ctx context.Context) func() {
			term, err := l.Store(ctx, subject, data, link.Storing{Expect: &expect})
			switch {
			case err == nil:
				return func() { d.election.Won(term); d.lead() }
			case errors.Is(err, link.ErrConflict):
				return func() { d.elect(d.election.Lost()) }
			}
			return fail
		})
	case peers.PingFirst:
		first := d.election.First()
		d.task(d.o.Beat, func(ctx context.Context) func() {
			pong := d.ping(ctx, first)
			return func() { d.elect(d.election.Pinged(clock.Now(), pong)) }
		})
	}
}

// claimOf reads the record of the aggregator.
func claimOf(m link.Message) peers.Claim {
	c := peers.Claim{Sequence: m.Sequence}
	var stored aggregatorRecord
	if m.Marker == "" && json.Unmarshal(m.Data, &stored) == nil && stored.V >= recordVersion {
		c.Aggregator.Node, _ = link.ParseHex(strings.ToLower(stored.Node))
		c.Aggregator.Instance, _ = link.ParseHex(strings.ToLower(stored.Instance))
	}
	return c
}
