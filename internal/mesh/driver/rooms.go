package driver

import (
	"context"
	"sync"
	"time"

	"github.com/goccy/go-json"

	"netmeshos/internal/mesh/link"
)

// room is the record of how much one run of a node may have stored for a daemon that isn't processed, under
// Names.Room. There is one only where that is much.
type room struct {
	Version int    `json:"v"`
	Node    string `json:"node"` // 16 hex digits
	Bytes   int64  `json:"bytes"`

	sequence uint64 // of this record
}

// noRoomFor is how long a room that was given back stays known.
const noRoomFor = time.Minute

// rooms is all rooms of the mesh: by daemon, then by the instance of who stores. Safe from any goroutine.
type rooms struct {
	names link.Names

	mu sync.Mutex // guards what follows
	of map[uint64]map[uint64]room
}

func newRooms(names link.Names) *rooms { return &rooms{names: names, of: map[uint64]map[uint64]room{}} }

// parse reads a message; Bytes 0: the room was given back.
func (r *rooms) parse(m link.Message) (daemon, instance uint64, k room, ok bool) {
	kind, words, ok := r.names.ParseMeta(m.Subject)
	if !ok || kind != "wait" || !link.ParseIDs(words, &daemon, &instance) {
		return 0, 0, k, false
	}
	if m.Marker == "" && (json.Unmarshal(m.Data, &k) != nil || k.Version != 1 || k.Bytes < 0) {
		return 0, 0, k, false
	}
	k.sequence = m.Sequence
	return daemon, instance, k, true
}

// see takes note of a message that has come; false: it is about something else.
func (r *rooms) see(m link.Message) bool {
	daemon, instance, k, ok := r.parse(m)
	if !ok {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of[daemon][instance].sequence < k.sequence {
		r.put(daemon, instance, k)
	}
	return true
}

// put needs mu.
func (r *rooms) put(daemon, instance uint64, k room) {
	of := r.of[daemon]
	switch {
	case k.Bytes > 0 && of == nil:
		r.of[daemon] = map[uint64]room{instance: k}
	case k.Bytes > 0:
		of[instance] = k
	default:
		if delete(of, instance); len(of) == 0 {
			delete(r.of, daemon)
		}
	}
}

// read reads all rooms for a daemon, or for all of them, from the servers. What isn't there any more is forgotten.
func (r *rooms) read(ctx context.Context, server Server, daemon uint64) error {
	pattern := r.names.Rooms()
	if daemon != 0 {
		pattern = r.names.RoomsFor(daemon)
	}
	messages, err := server.LastOf(ctx, r.names.MetaStream(), pattern)
	if err != nil && !none(err) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if daemon != 0 {
		delete(r.of, daemon)
	} else {
		clear(r.of)
	}
	for _, m := range messages {
		if daemon, instance, k, ok := r.parse(m); ok {
			r.put(daemon, instance, k)
		}
	}
	return nil
}

// others is how many bytes the others may have waiting for a daemon, and how many they are.
func (r *rooms) others(daemon, self uint64) (bytes int64, count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for instance, k := range r.of[daemon] {
		if instance != self {
			bytes += k.Bytes
			count++
		}
	}
	return bytes, count
}

// has reports whether an instance has a room for a daemon.
func (r *rooms) has(daemon, instance uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, there := r.of[daemon][instance]
	return there
}

// all returns the rooms for a daemon.
func (r *rooms) all(daemon uint64) map[uint64]room {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.of[daemon]) == 0 {
		return nil
	}
	all := make(map[uint64]room, len(r.of[daemon]))
	for instance, k := range r.of[daemon] {
		all[instance] = k
	}
	return all
}

// storeRoom stores a room, or that it is given back. expect is nil where nobody else writes it.
func storeRoom(ctx context.Context, server Server, subject string, k room, expect *uint64) (uint64, error) {
	k.Version = 1
	data, err := json.Marshal(k)
	if err != nil {
		return 0, err
	}
	how := link.Storing{Expect: expect}
	if k.Bytes == 0 {
		how.TTL = noRoomFor
	}
	return server.Store(ctx, subject, data, how)
}
