// Package machine reads the figures of the machine that a node shows its peers.
package machine

// Figures are what is known about the machine. What isn't known is negative or 0.
type Figures struct {
	Load                float64 // average over one minute; negative: unknown
	MemTotal, MemUsed   uint64  // bytes; total 0: unknown
	DiskTotal, DiskUsed uint64  // bytes, of the file system that was asked for
}
