// Package peers is how the nodes of a mesh learn about each other at a cost that doesn't grow
// with their number. Each node sends a Beat to one of them, the aggregator, whose Table turns beats
// into changes. It publishes these, and every node's Directory follows them. Election decides which
// node is the aggregator. All of it is pure: the time comes in, messages are bytes.
package peers

import (
	"math"

	json "github.com/goccy/go-json"

	"netmeshos/internal/phase"
)

// Figures are what changes all the time.
type Figures struct {
	Maintenance phase.Phase
	Unhealthy   bool   // a daemon of the node has reported that it is
	RTTMicros   uint64 // of the node's own way to the server and back; 0: unknown
	Load        uint64 // load average over one minute, in hundredths, plus 1; 0: unknown
	MemUsed     uint64 // MiB
	DiskUsed    uint64 // MiB
	Daemons     uint64 // that the node runs
	Standbys    uint64 // that it would take over
}

// Slow is what rarely changes. It is sent when it does, as JSON, and named by its Hash.
type Slow struct {
	V            int      `json:"v"` // 1
	Version      string   `json:"version"`
	StartedMS    int64    `json:"started_ms"`      // unix ms
	MemTotal     uint64   `json:"mem_total_bytes"` // 0: unknown
	DiskTotal    uint64   `json:"disk_total_bytes"`
	Capabilities []string `json:"capabilities"`
}

// Block is an encoded Slow.
type Block struct {
	Hash uint64
	Text []byte
	Slow Slow
}

// capabilityBytes is how much the capabilities of a node may take in a Block. Those that
// don't fit are left out.
const capabilityBytes = 32 << 10

// Encode makes the block.
func (s Slow) Encode() Block {
	s.V = 1
	size := 0
	for i, tag := range s.Capabilities {
		if size += len(tag) + 3; size > capabilityBytes {
			s.Capabilities = s.Capabilities[:i]
			break
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers
	}
	return Block{hash(text), text, s}
}

// decodeBlock is the reverse of Encode.
func decodeBlock(text []byte) (Block, bool) {
	b := Block{Hash: hash(text), Text: text}
	if err := json.Unmarshal(text, &b.Slow); err != nil || b.Slow.V != 1 {
		return Block{}, false
	}
	return b, true
}

// hash is FNV-1a.
func hash(text []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range text {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// differs reports whether a figure has changed so much that others should know soon: by
// more than an eighth and by more than least.
func differs(a, b, least uint64) bool {
	low, high := min(a, b), max(a, b)
	return high-low > max(least, high/8)
}

// moved reports whether the figures have changed visibly, and at once, whether so that nobody
// may wait for it.
func (f Figures) moved(from Figures) (visibly, atOnce bool) {
	atOnce = f.Maintenance != from.Maintenance || f.Unhealthy != from.Unhealthy
	visibly = atOnce || f.Daemons != from.Daemons || f.Standbys != from.Standbys || differs(f.RTTMicros, from.RTTMicros, 200) || differs(f.Load, from.Load, 10) ||
		differs(f.MemUsed, from.MemUsed, 16) || differs(f.DiskUsed, from.DiskUsed, 64)
	return visibly, atOnce
}

// LoadOf encodes a load average.
func LoadOf(load float64) uint64 {
	if !(load >= 0 && load < 1e12) {
		return 0
	}
	return uint64(math.Round(load*100)) + 1
}
