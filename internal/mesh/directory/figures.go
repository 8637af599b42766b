//go:build mesh

package directory

import (
	"context"
	"slices"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/machine"
	"netmeshos/internal/mesh/directory/peers"
)

// measureEach is how many beats there are to one measurement of the way to the server.
const measureEach = 5

// sendBeat tells the aggregator how this node is.
func (d *Directory) sendBeat(leaving bool) {
	figures, slow := d.look()
	if block := slow.Encode(); block.Hash != d.block.Hash {
		d.block, d.showBlock = block, true
	}
	b := peers.Beat{Holder: d.self, Leaving: leaving, Figures: figures, Hash: d.block.Hash}
	if d.showBlock {
		b.Block = &d.block
	}
	d.showBlock = false
	message := b.Encode()
	if leaving {
		d.task(d.o.Beat, func(context.Context) func() { _ = d.o.Link.Publish(d.names.BeatOf(d.self.Node), message); return nil })
		return
	}
	measure := d.beats%measureEach == 0
	d.beats++
	d.task(d.o.Lease, func(ctx context.Context) func() {
		if err := d.o.Link.Publish(d.names.BeatOf(d.self.Node), message); err != nil || !measure {
			return nil // the next one comes soon
		}
		rtt, err := d.o.Link.RTT(ctx)
		if err != nil {
			return nil
		}
		return func() { d.measured(rtt) }
	})
}

// measured notes how long the way to the server and back took. One slow answer changes little.
func (d *Directory) measured(rtt time.Duration) {
	micros := uint64(max(rtt.Microseconds(), 1))
	first := d.rtt == 0
	if first || micros < d.rtt {
		d.rtt = micros
	} else {
		d.rtt += (micros - d.rtt) / 4
	}
	if first {
		d.nextBeat = clock.Now()
	}
}

// look looks at this node.
func (d *Directory) look() (peers.Figures, peers.Slow) {
	var state State
	if d.o.State != nil {
		state = d.o.State()
	}
	m := machine.Read(d.o.Disk)
	return peers.Figures{
			Maintenance: state.Maintenance, Unhealthy: state.Unhealthy, RTTMicros: d.rtt, Load: peers.LoadOf(m.Load),
			MemUsed: m.MemUsed >> 20, DiskUsed: m.DiskUsed >> 20, Daemons: uint64(max(state.Daemons, 0)), Standbys: uint64(max(state.Standbys, 0)),
		}, peers.Slow{
			Version: d.o.Version, StartedMS: state.Started.UnixMilli(), MemTotal: m.MemTotal, DiskTotal: m.DiskTotal, Capabilities: slices.Clone(state.Capabilities),
		}
}
