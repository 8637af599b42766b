package actor

// Lifecycle is where a daemon stands between its registration and the end of its
// handle. It is a pure state machine: see transitions.
type Lifecycle uint8

// The states of a daemon.
const (
	Running         Lifecycle = iota // as registered
	Stopping                         // stop_daemon: it has been told, and its grace time runs
	Stopped                          // stop_daemon: it takes no events until it is resumed
	Leaving                          // graceful_shutdown: it has been told, and its grace time runs
	LeavingStopped                   // the same, of a daemon that is stopped
	Finishing                        // its handle is consumed; it is still told of the control events that wait
	Detached                         // the SDK has been shut down; its handle is not consumed
	DetachedLeaving                  // the same, and the grace time of a graceful_shutdown runs
	Consumed                         // its handle is consumed, and no callback will begin
	Released                         // its handle is freed, and no callback will begin
	lifecycles
)

var lifecycleNames = [lifecycles]string{"Running", "Stopping", "Stopped", "Leaving", "LeavingStopped", "Finishing", "Detached", "DetachedLeaving", "Consumed", "Released"}

func (l Lifecycle) String() string { return lifecycleNames[l] }

// input is what changes a lifecycle.
type input uint8

const (
	stop      input = iota // stop_daemon is called
	stopOver               // its grace time is over
	resume                 // restart_daemon is called
	leave                  // graceful_shutdown is called
	leaveOver              // its grace time is over
	finished               // the daemon has been told of all control events
	detach                 // the SDK is shut down
	release                // the handle is freed
	inputs
)

var inputNames = [inputs]string{"stop", "stopOver", "resume", "leave", "leaveOver", "finished", "detach", "release"}

func (i input) String() string { return inputNames[i] }

// refused stands for an input that is an error of the caller's in that state.
const refused = lifecycles

// transitions says what an input does in each state. An input that isn't listed
// leaves the state as it is; release leads to Released everywhere.
var transitions = [lifecycles]map[input]Lifecycle{
	Running:         {stop: Stopping, leave: Leaving, detach: Detached},
	Stopping:        {stop: refused, stopOver: Stopped, resume: refused, leave: Leaving, detach: Detached},
	Stopped:         {stop: refused, resume: Running, leave: LeavingStopped, detach: Detached},
	Leaving:         {stop: refused, stopOver: LeavingStopped, resume: refused, leave: refused, leaveOver: Finishing, detach: DetachedLeaving},
	LeavingStopped:  {stop: refused, resume: refused, leave: refused, leaveOver: Finishing, detach: DetachedLeaving},
	Finishing:       {stop: refused, resume: refused, leave: refused, finished: Consumed, detach: Consumed},
	Detached:        {stop: refused, resume: refused, leave: DetachedLeaving},
	DetachedLeaving: {stop: refused, resume: refused, leave: refused, leaveOver: Consumed},
	Consumed:        {stop: refused, resume: refused, leave: refused},
	Released:        {stop: refused, resume: refused, leave: refused},
}

// after returns the state after an input; false: the input is refused.
func (l Lifecycle) after(in input) (next Lifecycle, ok bool) {
	if in == release {
		return Released, true
	}
	next, listed := transitions[l][in]
	switch {
	case !listed:
		return l, true
	case next == refused:
		return l, false
	}
	return next, true
}

// Open reports whether the actor still does something.
func (l Lifecycle) Open() bool { return l < Finishing }

// Over reports whether no callback will begin any more.
func (l Lifecycle) Over() bool { return l >= Detached }

// HandleConsumed reports whether calls on the handle get already_shutdown.
func (l Lifecycle) HandleConsumed() bool { return l == Finishing || l >= Consumed }

// processes reports whether events that wait are processed, and outputs of other
// daemons are taken.
func (l Lifecycle) processes() bool { return l == Running || l == Stopping || l == Leaving }

// shuttingDown reports whether the daemon has been told to shut down.
func (l Lifecycle) shuttingDown() bool {
	return l == Stopping || l == Leaving || l == LeavingStopped || l == DetachedLeaving
}

// shown is the state's name in runtime_json.
func (l Lifecycle) shown() string {
	switch {
	case !l.processes():
		return "stopped"
	case l.shuttingDown():
		return "stopping"
	}
	return "running"
}
