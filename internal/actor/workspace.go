package actor

import (
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/watchdog"
)

// Request says how a batch is to be processed.
type Request struct {
	DaemonID      uint64
	FirstOutput   uint64 // the sequence number of the first output
	Keep          bool   // the outputs must be there afterwards: see Workspace.Outputs
	Reply         Reply  // takes the outputs of each event when it has been processed
	StopOnFailure bool   // a failed event is the last of the batch
	Start         Start  // when the batch began
}

// Start is when a batch began, by clock.Now. A rough time may be early by a kernel's
// tick; then only what takes longer than that is to be timed.
type Start struct {
	At    time.Duration
	Rough bool
}

// Reply is where the outputs of one Deliver go: to a sink, or to a function that the
// callbacks know how to call. The zero value is nowhere.
type Reply struct {
	Sink    Sink
	Fn, Ctx uintptr
}

// Result says what became of a batch.
type Result struct {
	Handled  int         // the first so many events were processed, failed ones included; at least one, unless Starved
	Emitted  int         // outputs of the events that did not fail
	Outputs  event.Batch // what was kept of the outputs, unless Native has it: see Workspace.Outputs
	Causes   []uint32    // for each of Outputs the index of the event that it comes from
	Failures []Failure
	Times    []Sample
	Starved  bool // the event after the last one handled could not be processed for want of memory
}

// reset empties the result. It keeps the memory that nobody else may look at.
func (r *Result) reset() {
	r.Handled, r.Emitted, r.Starved = 0, 0, false
	r.Outputs = event.Batch{}
	r.Causes = r.Causes[:0]
	r.Failures = r.Failures[:0]
	r.Times = r.Times[:0]
}

// Failure is an event of a batch that was not processed well.
type Failure struct {
	Index  uint32
	Status int32
	Lost   bool // the daemon has processed it, but there was no memory for its outputs
}

// Sample says how long events took: each of Count of them Took.
type Sample struct {
	Took  time.Duration
	Count uint32
}

// Workspace is what the holder of an actor's token works with: the request for the
// callbacks and their result. Reusing it saves allocations.
type Workspace struct {
	Request Request
	Result  Result
	Native  Native // the callbacks' own memory, kept from one use to the next; nil: none

	number uint64
	call   *watchdog.Call

	// Where there is no Native:
	next        atomic.Uint64 // see Native.Begin
	interrupted atomic.Bool
}

// Native is memory of callbacks that are not Go's. A batch that is under way in it can
// be interrupted from any goroutine.
type Native interface {
	// Begin is called before a batch whose first output will have this number, and
	// with 0 when another actor takes the workspace.
	Begin(first uint64)
	// Interrupt has the batch end after the event under way, whose outputs are kept.
	// It returns the number of that event's first output, 0 before the first batch.
	Interrupt() (next uint64)
	// Outputs is Workspace.Outputs.
	Outputs(*Request) (outputs event.Batch, causes []uint32)
	// Free gives the memory up. Nobody uses it any more.
	Free()
}

// begin is Native.Begin.
func (w *Workspace) begin(first uint64) {
	if w.Native != nil {
		w.Native.Begin(first)
		return
	}
	if w.next.Load() != first {
		w.next.Store(first)
	}
	if w.interrupted.Load() {
		w.interrupted.Store(false)
	}
}

// interrupt is Native.Interrupt.
func (w *Workspace) interrupt() (next uint64) {
	if w.Native != nil {
		return w.Native.Interrupt()
	}
	w.interrupted.Store(true)
	return w.next.Load()
}

// Emitted notes that an event is through, with so many outputs. It is for callbacks
// without a Native.
func (w *Workspace) Emitted(outputs int) {
	w.Result.Emitted += outputs
	if outputs > 0 {
		w.next.Add(uint64(outputs))
	}
}

// Interrupted reports whether the outputs of the event under way are to be kept, and the
// batch is to end. It is for callbacks without a Native.
func (w *Workspace) Interrupted() bool { return w.interrupted.Load() }

// Outputs returns what was kept of the last batch's outputs, and for each the index of
// the event that it comes from. That is all of them if the Request says so, otherwise
// those of the event that was interrupted. Their origin is the daemon, their sequence the
// output's number, without gaps.
func (w *Workspace) Outputs() (outputs event.Batch, causes []uint32) {
	if w.Native != nil {
		return w.Native.Outputs(&w.Request)
	}
	return w.Result.Outputs, w.Result.Causes
}

// cachedWorkspaces is how many free workspaces can be taken without a lock.
const cachedWorkspaces = 16

// workspaces are all workspaces of a node: as many as tokens have ever been held at
// one time.
type workspaces struct {
	all atomic.Pointer[[]*Workspace] // by number - 1; what is in the list stays

	// cache holds numbers of free workspaces; 0: none. Numbers, as swapping pointers
	// has the garbage collector involved.
	cache [cachedWorkspaces]struct {
		atomic.Uint64
		_ [56]byte // a cache line each
	}

	closed atomic.Bool // those that are given back are not used again

	mu   sync.Mutex // guards what follows, and writes to all
	free []*Workspace
}

// take returns a free workspace for an actor, or a new one.
func (ws *workspaces) take(a *Actor) *Workspace {
	var w *Workspace
	if number := ws.cache[a.callee.ID%cachedWorkspaces].Swap(0); number != 0 {
		w = (*ws.all.Load())[number-1]
	} else {
		w = ws.takeFree(a.env.Watchdog)
	}
	if w.Native == nil && a.env.NewNative != nil {
		w.Native = a.env.NewNative()
	}
	if w.call.Assign(&a.callee) {
		w.begin(0)
	}
	return w
}

func (ws *workspaces) takeFree(dog *watchdog.Watchdog) *Workspace {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if n := len(ws.free); n > 0 {
		w := ws.free[n-1]
		ws.free = ws.free[:n-1]
		return w
	}
	var all []*Workspace
	if list := ws.all.Load(); list != nil {
		all = *list
	}
	w := &Workspace{number: uint64(len(all) + 1), call: dog.NewCall()}
	all = append(all, w)
	ws.all.Store(&all)
	return w
}

// give takes a workspace back. ended says that the actor won't come again, and must
// not be kept in memory.
func (ws *workspaces) give(a *Actor, w *Workspace, ended bool) {
	if ended {
		w.call.Assign(nil)
	}
	if !ws.cache[a.callee.ID%cachedWorkspaces].CompareAndSwap(0, w.number) {
		ws.mu.Lock()
		ws.free = append(ws.free, w)
		ws.mu.Unlock()
	}
	if ws.closed.Load() { // after the workspace is where freeNative finds it
		ws.freeNative()
	}
}

// close frees the native memory of the workspaces: at once of those that are free, of the
// others when they are given back.
func (ws *workspaces) close() {
	ws.closed.Store(true)
	ws.freeNative()
}

func (ws *workspaces) freeNative() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for i := range ws.cache {
		if number := ws.cache[i].Swap(0); number != 0 {
			ws.free = append(ws.free, (*ws.all.Load())[number-1])
		}
	}
	for _, w := range ws.free {
		if w.Native != nil {
			w.Native.Free()
			w.Native = nil
		}
	}
}
