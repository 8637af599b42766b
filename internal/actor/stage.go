package actor

import "netmeshos/internal/event"

// Stage is a place in front of an inbox where hosts put events without a call to the
// actor. The actor opens it while it has a turn, or waits for one, and accepts events: then
// nobody must be woken for what comes in. Events in the stage count as waiting, and
// Env.Gauge has them. All methods need Actor.mu held; events come in at any time.
type Stage interface {
	// Open lets events in, as many as there is room.
	Open(room int)
	// Close lets no more in. What has come in stays until Take.
	Close()
	// Staged returns how many events are in the stage. It is cheap.
	Staged() int
	// Take removes the batches in the stage, oldest first. Their memory belongs to the
	// caller of Free.
	Take(func(event.Batch, Memory))
	// AddRoom changes how many more events may come in while the stage is open.
	AddRoom(n int)
	// TakeRoom takes as much room as there is, at most n, for events that don't come in
	// through the stage.
	TakeRoom(n int) int
}

// Memory is what a batch lies in.
type Memory interface {
	// Free gives it back. Nobody may use the batch afterwards.
	Free()
}

// Staged is implemented by Callbacks whose host puts events into a stage.
type Staged interface{ Stage() Stage }
