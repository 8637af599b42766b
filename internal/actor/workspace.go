package actor

import (
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/watchdog"
)

// Request says how to process a batch.
type Request struct {
	DaemonID      uint64
	FirstOutput   uint64 // the sequence number of the first output
	Keep          bool   // keep the outputs: see Workspace.Outputs
	Reply         Sink   // Process passes the outputs to it itself: see Native.Takes; nil: it does not
	StopOnFailure bool   // the batch ends at a failed event
	Start         Start  // when the batch began
}

// Start is when a batch began, by clock.Now. A rough time may be early by a tick of the
// kernel; it is only good for timing calls that take longer than that.
type Start struct {
	At    time.Duration
	Rough bool
}

// Result is the outcome of a batch.
type Result struct {
	Handled  int         // how many events were processed, failed ones included; at least one, unless Starved
	Emitted  int         // how many outputs the events emitted that did not fail
	Outputs  event.Batch // the outputs that were kept, unless Native has them: see Workspace.Outputs
	Causes   []uint32    // for each of Outputs, the index of the event that emitted it
	Failures []Failure
	Times    []Sample
	Starved  bool // there was no memory to process the event after the last one handled
	Exited   bool // the goroutine ends, as the daemon has called runtime.Goexit: Process doesn't return
}

// reset empties the result. It keeps the slices that nobody else uses.
func (r *Result) reset() {
	r.Handled, r.Emitted, r.Starved, r.Exited = 0, 0, false, false
	r.Outputs = event.Batch{}
	r.Causes = r.Causes[:0]
	r.Failures = r.Failures[:0]
	r.Times = r.Times[:0]
}

// Failure is an event of a batch that failed.
type Failure struct {
	Index  uint32
	Status int32
	Err    error // why a Go daemon failed; nil for one of C, which has only a status
	Lost   bool  // the daemon processed it, but there was no memory for its outputs
}

// Sample says that Count events took Took each.
type Sample struct {
	Took  time.Duration
	Count uint32
}

// Workspace is what the holder of an actor's token passes to callbacks and gets back:
// request and result. Workspaces are reused to save allocations.
type Workspace struct {
	Request Request
	Result  Result
	Native  Native    // memory of C callbacks, kept between uses; nil: none
	Of      Callbacks // whose stored outputs are emitted, so that the sink runs inside the daemon; nil: it isn't known

	number uint64
	call   *watchdog.Call
	own    Native // is Native again when this one, which a host has begun with, is given back
	lent   bool   // Native is such a one

	before processed     // what that host has processed before, and the actor's stats don't have yet
	one    [1]event.Meta // the batch of a Deliver

	// Used if there is no Native:
	next        atomic.Uint64 // see Native.Begin
	interrupted atomic.Bool
}

type processed struct{ events, outputs uint64 }

// Native is memory outside Go that C callbacks use. The batch under way in it can be
// interrupted from any goroutine.
type Native interface {
	// Begin is called before a batch, with the number that its first output will have, and
	// with 0 when another actor gets the workspace.
	Begin(first uint64)
	// Interrupt makes the batch end after the event under way, and keeps that event's
	// outputs. It returns the number of its first output, 0 before the first batch.
	Interrupt() (next uint64)
	// Collect fills the result of what was processed without a call of Process.
	Collect(*Result)
	// Takes reports whether Process passes outputs to this sink itself, if it is the
	// Request's Reply. Other sinks get them from the actor.
	Takes(Sink) bool
	// Outputs is Workspace.Outputs.
	Outputs(*Request) (outputs event.Batch, causes []uint32)
	// Empty is called when the outputs of a batch have been passed on. It gives back memory
	// that only large batches need: free workspaces would keep it for good.
	Empty()
	// Free frees the memory, which nobody may use afterwards.
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

// empty drops the outputs of a batch, as Native.Empty.
func (w *Workspace) empty() {
	w.Result.Outputs = event.Batch{}
	if w.Native != nil {
		w.Native.Empty()
	} else if cap(w.Result.Causes) > BatchEvents {
		w.Result.Causes = nil
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

// Emitted counts the outputs of an event that has been processed. It is for callbacks
// without a Native.
func (w *Workspace) Emitted(outputs int) {
	w.Result.Emitted += outputs
	if outputs > 0 {
		w.next.Add(uint64(outputs))
	}
}

// Interrupted reports whether the batch must end after the event under way and keep its
// outputs. It is for callbacks without a Native.
func (w *Workspace) Interrupted() bool { return w.interrupted.Load() }

// Outputs returns the outputs of the last batch that were kept, and for each the index of
// the event that emitted it. With Request.Keep all outputs are kept, otherwise those of
// the event that was interrupted. Each has the daemon as its origin and the output's
// number as its sequence, without gaps.
func (w *Workspace) Outputs() (outputs event.Batch, causes []uint32) {
	if w.Native != nil {
		return w.Native.Outputs(&w.Request)
	}
	return w.Result.Outputs, w.Result.Causes
}

// cachedWorkspaces is how many free workspaces can be had without a lock.
const cachedWorkspaces = 16

// workspaces is the pool of a node's workspaces. It has as many as tokens have ever been
// held at the same time.
type workspaces struct {
	all atomic.Pointer[[]*Workspace] // by number - 1; entries are never removed

	// cache holds numbers of free workspaces; 0: none. It holds numbers because swapping
	// pointers needs the garbage collector's write barrier.
	cache [cachedWorkspaces]struct {
		atomic.Uint64
		_ [56]byte // a cache line each
	}

	closed atomic.Bool // workspaces that are put back are not used again

	mu   sync.Mutex // guards what follows, and writes to all
	free []*Workspace
}

// get returns a free workspace for an actor, or a new one.
func (ws *workspaces) get(a *Actor) *Workspace {
	var w *Workspace
	if number := ws.cache[a.callee.ID%cachedWorkspaces].Swap(0); number != 0 {
		w = (*ws.all.Load())[number-1]
	} else {
		w = ws.getFree(a.env.Watchdog)
	}
	if w.Native == nil && a.env.NewNative != nil {
		w.Native = a.env.NewNative()
	}
	if w.call.Assign(&a.callee) {
		w.begin(0)
	}
	return w
}

// getFor returns a workspace for an actor whose host has begun to process with this native.
func (ws *workspaces) getFor(a *Actor, n Native) *Workspace {
	w := ws.getFree(a.env.Watchdog)
	w.begin(0) // it may be another actor's number
	w.own, w.Native, w.lent = w.Native, n, true
	w.call.Assign(&a.callee)
	return w
}

func (ws *workspaces) getFree(dog *watchdog.Watchdog) *Workspace {
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

// put returns a workspace to the pool. ended says that the actor has ended, and must not
// be kept in memory.
func (ws *workspaces) put(a *Actor, w *Workspace, ended bool) {
	if ended {
		w.call.Assign(nil)
	}
	if w.lent {
		w.Native.Free()
		w.Native, w.own, w.lent = w.own, nil, false
	}
	if !ws.cache[a.callee.ID%cachedWorkspaces].CompareAndSwap(0, w.number) {
		ws.mu.Lock()
		ws.free = append(ws.free, w)
		ws.mu.Unlock()
	}
	if ws.closed.Load() { // read only after the workspace is where freeNative finds it
		ws.freeNative()
	}
}

// close frees the native memory of the workspaces: of free ones at once, of the others
// when they are put back.
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
