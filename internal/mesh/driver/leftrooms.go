package driver

import (
	"context"
	"strconv"

	"github.com/goccy/go-json"

	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// giveBackRooms gives back the rooms of nodes that have ended, once all that they can have stored is processed. Those that
// run do so themselves.
func (d *Driver) giveBackRooms(ctx context.Context, committed wire.Position) {
	t := &d.tidy
	rooms := d.set.rooms.all(d.id)
	if rooms == nil {
		t.left = nil
		return
	}
	for instance, k := range rooms {
		last, known := t.left[instance]
		if !known {
			var err error
			if last, err = d.leftBy(ctx, k, instance); err != nil {
				d.log(logs.Debug, "whether a node that has posted still runs can't be read: %v", err)
				return
			}
			if last == running {
				continue
			}
			if t.left == nil {
				t.left = map[uint64]uint64{}
			}
			t.left[instance] = last
		}
		if committed.Sequence < last || committed.Sequence == last && last > 0 && committed.Index != wire.Whole {
			continue
		}
		subject := d.set.options.Names.Room(d.id, instance)
		if _, err := storeRoom(ctx, d.set.options.Server, subject, room{Node: k.Node}, &k.sequence); err == nil {
			delete(t.left, instance)
		}
	}
}

// running says that a node has not ended.
const running = 1<<64 - 1

// leftBy returns the last message of the inbox at a time when the node that has a room had ended.
func (d *Driver) leftBy(ctx context.Context, k room, instance uint64) (uint64, error) {
	node, err := strconv.ParseUint(k.Node, 16, 64)
	if err != nil {
		return 0, err
	}
	server, names := d.set.options.Server, d.set.options.Names
	m, err := server.Last(ctx, names.Lease(node))
	if err != nil && !none(err) {
		return 0, err
	}
	var lease struct {
		Instance string `json:"instance"`
	}
	if err == nil && json.Unmarshal(m.Data, &lease) == nil && lease.Instance == link.Hex(instance) {
		return running, nil
	}
	if m, err = server.Last(ctx, names.In(d.id)); err != nil && !none(err) {
		return 0, err
	}
	return m.Sequence, nil
}
