package backpressure

import (
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/life"
)

const (
	// pause is the shortest time between two sends. Without it, a load that swings
	// between the marks would flood the daemons with control events. Changes during the
	// pause are sent after it.
	pause = 10 * time.Millisecond
	// logInterval is the shortest time between two log lines that say that
	// backpressure is on.
	logInterval = time.Second
)

// Monitor watches the gauge of one node and sends control events to its daemons. Its
// owner calls one method at a time.
type Monitor struct {
	gauge   *Gauge
	machine *Machine
	send    func(control.Event) // to all daemons
	hook    life.Hook

	due    time.Time // when control events may be sent again
	logged time.Time // when "on" was last logged
	shown  bool      // the last log line says "on", not "off"
	brief  int       // how often it was turned on and off again, and no line has said so
}

// NewMonitor returns a monitor that is off, and sets the gauge's bounds.
func NewMonitor(config Config, gauge *Gauge, send func(control.Event), hook life.Hook) *Monitor {
	m := &Monitor{gauge: gauge, machine: NewMachine(config), send: send, hook: hook}
	gauge.SetBounds(m.machine.Bounds())
	return m
}

// State reports whether backpressure is on, and the level sent last.
func (m *Monitor) State() (on bool, level float32) { return m.machine.State() }

// Attend sends the control events that are due. It returns when it must be called again
// even if the gauge doesn't wake the supervisor; zero: never.
func (m *Monitor) Attend(now time.Time) (next time.Time) {
	next = m.update(now)
	if late := m.logLate(now); next.IsZero() || !late.IsZero() && late.Before(next) {
		next = late
	}
	return next
}

func (m *Monitor) update(now time.Time) (next time.Time) {
	if now.Before(m.due) {
		return m.due
	}
	m.gauge.Mute(false)
	peak := m.gauge.TakePeak()
	events := m.machine.Update(m.gauge.Waiting(), peak)
	m.gauge.SetBounds(m.machine.Bounds())
	if len(events) == 0 {
		return time.Time{}
	}
	m.due = now.Add(pause)
	m.gauge.Mute(true)
	for _, e := range events {
		m.happened(now, e, peak)
	}
	for _, e := range events {
		m.send(e)
	}
	return m.due
}

func (m *Monitor) happened(now time.Time, e control.Event, peak uint64) {
	if e.Kind == control.BackpressureOff {
		if !m.shown {
			m.brief++
		}
		m.hook(life.BackpressureOff{Quiet: !m.shown})
		m.shown = false
		if !now.Before(m.logged.Add(logInterval)) {
			m.logBrief()
		}
		return
	}
	quiet := now.Sub(m.logged) < logInterval
	if !quiet {
		m.logged, m.shown = now, true
	}
	m.hook(life.BackpressureOn{Level: e.Level, Waiting: peak, Quiet: quiet})
}

// logBrief logs what was too short for lines of its own.
func (m *Monitor) logBrief() {
	if m.brief > 0 {
		m.hook(life.BackpressureBrief{Times: m.brief})
		m.brief = 0
	}
}

// logLate logs that backpressure is on, or has been on for a while, if that was suppressed
// because the previous line was too recent. Otherwise the last line in the log could say
// "off" while it is on, and short loads would go unseen. It returns when the line is due;
// zero: there is nothing to log.
func (m *Monitor) logLate(now time.Time) (due time.Time) {
	on, level := m.machine.State()
	if m.shown || !on && m.brief == 0 {
		return time.Time{}
	}
	if due := m.logged.Add(logInterval); now.Before(due) {
		return due
	}
	m.logBrief()
	if on {
		m.logged, m.shown = now, true
		m.hook(life.BackpressureOn{Level: level, Waiting: m.gauge.Waiting(), Still: true})
	}
	return time.Time{}
}
