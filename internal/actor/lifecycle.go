package actor

// Lifecycle is the state of a daemon between its registration and the end of its handle.
// It is a pure state machine: see transitions.
type Lifecycle uint8

// The states of a daemon.
const (
	Running                Lifecycle = iota // as registered
	Stopping                                // stop_daemon: SHUTDOWN has been sent, and its grace time runs
	Stopped                                 // stop_daemon: it gets no events until it is restarted
	ShuttingDown                            // graceful_shutdown: SHUTDOWN has been sent, and its grace time runs
	StoppedShuttingDown                     // the same, for a daemon that is stopped
	Finishing                               // its handle is consumed; it still gets the control events that wait
	Terminated                              // the SDK has been shut down; its handle is not consumed
	TerminatedShuttingDown                  // the same, and the grace time of a graceful_shutdown runs
	Consumed                                // its handle is consumed, and no callback will begin
	Released                                // its handle is freed, and no callback will begin
	lifecycles
)

var lifecycleNames = [lifecycles]string{"Running", "Stopping", "Stopped", "ShuttingDown", "StoppedShuttingDown", "Finishing", "Terminated", "TerminatedShuttingDown", "Consumed", "Released"}

func (l Lifecycle) String() string { return lifecycleNames[l] }

// input is what changes a lifecycle.
type input uint8

const (
	stop         input = iota // stop_daemon is called
	stopOver                  // its grace time is over
	restarted                 // restart_daemon is called
	shutDown                  // graceful_shutdown is called
	shutDownOver              // its grace time is over
	finished                  // on_control has been called with all control events
	terminate                 // the SDK is shut down
	release                   // the handle is freed
	inputs
)

var inputNames = [inputs]string{"stop", "stopOver", "restarted", "shutDown", "shutDownOver", "finished", "terminate", "release"}

func (i input) String() string { return inputNames[i] }

// refused marks an input that is an error in that state.
const refused = lifecycles

// transitions gives the next state for each state and input. An input that isn't listed
// doesn't change the state; release leads to Released from every state.
var transitions = [lifecycles]map[input]Lifecycle{
	Running:                {stop: Stopping, shutDown: ShuttingDown, terminate: Terminated},
	Stopping:               {stop: refused, stopOver: Stopped, restarted: refused, shutDown: ShuttingDown, terminate: Terminated},
	Stopped:                {stop: refused, restarted: Running, shutDown: StoppedShuttingDown, terminate: Terminated},
	ShuttingDown:           {stop: refused, stopOver: StoppedShuttingDown, restarted: refused, shutDown: refused, shutDownOver: Finishing, terminate: TerminatedShuttingDown},
	StoppedShuttingDown:    {stop: refused, restarted: refused, shutDown: refused, shutDownOver: Finishing, terminate: TerminatedShuttingDown},
	Finishing:              {stop: refused, restarted: refused, shutDown: refused, finished: Consumed, terminate: Consumed},
	Terminated:             {stop: refused, restarted: refused, shutDown: TerminatedShuttingDown},
	TerminatedShuttingDown: {stop: refused, restarted: refused, shutDown: refused, shutDownOver: Consumed},
	Consumed:               {stop: refused, restarted: refused, shutDown: refused},
	Released:               {stop: refused, restarted: refused, shutDown: refused},
}

// after returns the state after an input; ok is false if the input is refused.
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

// Open reports whether the daemon has not begun to end: it still gets events or control
// events.
func (l Lifecycle) Open() bool { return l < Finishing }

// Over reports whether no callback will begin any more.
func (l Lifecycle) Over() bool { return l >= Terminated }

// HandleConsumed reports whether calls on the handle get already_shutdown.
func (l Lifecycle) HandleConsumed() bool { return l == Finishing || l >= Consumed }

// processes reports whether waiting events are processed and the outputs of other daemons
// are accepted.
func (l Lifecycle) processes() bool { return l == Running || l == Stopping || l == ShuttingDown }

// inGrace reports whether SHUTDOWN has been sent and its grace time runs.
func (l Lifecycle) inGrace() bool {
	return l == Stopping || l == ShuttingDown || l == StoppedShuttingDown || l == TerminatedShuttingDown
}

// shown returns the state's name in runtime_json.
func (l Lifecycle) shown() string {
	switch {
	case !l.processes():
		return "stopped"
	case l.inGrace():
		return "stopping"
	}
	return "running"
}
