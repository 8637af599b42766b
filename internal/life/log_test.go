package life

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/logs"
	"netmeshos/internal/phase"
	"netmeshos/internal/vitals"
)

func TestLines(t *testing.T) {
	d := Daemon{7}
	for _, c := range []struct {
		event Event
		level logs.Level
		line  string
	}{
		{Registered{d, "x"}, logs.Info, ""},
		{Stopped{d}, logs.Info, ""},
		{RestartedByHost{d}, logs.Info, ""},
		{Ended{d}, logs.Info, ""},
		{Failed{d, time.Time{}, 0x10, 3, -5, "", false, true, 0}, logs.Warn, "process returned -5 for the event 3 of 0x10, which is skipped"},
		{Failed{d, time.Time{}, 0x10, 3, -5, "", true, true, 0}, logs.Warn, "process returned -5 for the event 3 of 0x10: the daemon is restarted, with the state that it has, because there is none to restore"},
		{StateNotSaved{d, errors.New("no room")}, logs.Error, "the state could not be saved, and the one before is kept: no room"},
		{Failed{d, time.Time{}, 0x10, 3, -5, "", true, false, 0}, logs.Warn, "process returned -5 for the event 3 of 0x10: the daemon is restarted"},
		{Failed{d, time.Time{}, 0x10, 3, -1, "no file", false, false, 0}, logs.Warn, `process failed with "no file" for the event 3 of 0x10, which is skipped`},
		{Failed{d, time.Time{}, 0x10, 3, -1, "no file", true, false, 0}, logs.Warn, `process failed with "no file" for the event 3 of 0x10: the daemon is restarted`},
		{Failed{d, time.Time{}, 0x10, 3, -5, "", true, false, 500 * time.Millisecond}, logs.Warn, "process returned -5 for the event 3 of 0x10: the daemon is restarted in 500ms"},
		{Failed{d, time.Time{}, 0x10, 3, -5, "", true, true, time.Minute}, logs.Warn, "process returned -5 for the event 3 of 0x10: the daemon is restarted in 1m0s, with the state that it has, because there is none to restore"},
		{BackedOff{d, time.Second, false}, logs.Info, ""},
		{BackedOff{d, time.Minute, true}, logs.Error, "crash-looping: held for 1m0s"},
		{StateRestored{d, 9}, logs.Info, "restarted from the last snapshot of 9 bytes"},
		{StateUnused{d}, logs.Warn, "there is a saved state of this daemon, but no restore callback that could take it: the next state that is saved replaces it"},
		{RestoreFailed{d, -2}, logs.Error, "restore returned -2 at a restart"},
		{Discarded{d, 4, false}, logs.Warn, "stopped with 4 events waiting, which are dropped"},
		{Discarded{d, 1, false}, logs.Warn, "stopped with 1 event waiting, which is dropped"},
		{StateRestored{d, 1}, logs.Info, "restarted from the last snapshot of 1 byte"},
		{BackpressureOn{Level: 1, Waiting: 1, Still: true}, logs.Warn, "backpressure on, level 1.00: 1 event is waiting"},
		{Discarded{d, 4, true}, logs.Debug, ""},
		{ControlDropped{d, control.DrainStart}, logs.Warn, "the control channel is full: DrainStart was dropped, and so may others be: receive control events, or raise control_capacity"},
		{HealthChanged{d, vitals.Healthy, vitals.Degraded}, logs.Warn, "health: degraded, was healthy"},
		{HealthChanged{d, vitals.Unhealthy, vitals.Degraded}, logs.Info, "health: degraded, was unhealthy"},
		{SaturationChanged{d, 0.25, 1}, logs.Debug, "saturation: 1.00, was 0.25"},
		{Overdue{d, "x", 5004 * time.Millisecond}, logs.Error, `a callback of daemon "x" is overdue: it has run for 5.004s`},
		{OverdueReturned{d, "x", 6 * time.Second}, logs.Warn, `the overdue callback of daemon "x" has returned after 6s`},
		{CallbackFailed{d, "Process", errors.New("no")}, logs.Error, "no"},
		{OutputPanicked{d, "oh"}, logs.Error, "the output function panicked: oh"},
		{MaintenanceChanged{From: phase.Active, To: phase.EnteringMaintenance}, logs.Info, "maintenance: EnteringMaintenance, was Active"},
		{MaintenanceChanged{From: phase.EnteringMaintenance, To: phase.DrainFailed, Reason: "slow"}, logs.Error, "maintenance: DrainFailed, was EnteringMaintenance: slow"},
		{BackpressureOn{Level: 0.5, Waiting: 8}, logs.Warn, "backpressure on, level 0.50: 8 events were waiting"},
		{BackpressureOn{Level: 0.5, Waiting: 8, Still: true}, logs.Warn, "backpressure on, level 0.50: 8 events are waiting"},
		{BackpressureOn{Quiet: true}, logs.Warn, ""},
		{BackpressureOff{}, logs.Info, "backpressure off"},
		{BackpressureOff{Quiet: true}, logs.Info, ""},
		{BackpressureBrief{Times: 3}, logs.Warn, "backpressure was on and off again since the last line about it, 3 times"},
		{LogFunctionPanicked{Cause: "oh"}, logs.Error, "the log function panicked, and is called no more: oh"},
	} {
		if level, line := c.event.Line(); level != c.level || line != c.line {
			t.Errorf("%#v: %v %q, want %v %q", c.event, level, line, c.level, c.line)
		}
		want := uint64(7)
		if strings.Contains(c.line, "maintenance") || strings.Contains(c.line, "backpressure") || strings.Contains(c.line, "log function") {
			want = 0
		}
		if c.line != "" && c.event.Of() != want {
			t.Errorf("%#v: of %d, want %d", c.event, c.event.Of(), want)
		}
	}
}

func TestAKindOfLineIsLimitedForEachDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []logs.Line
		log := NewLog(func(l logs.Line) { lines = append(lines, l) })
		flood := func(id uint64, n int) {
			lines = nil
			for range n {
				log.Happened(Failed{Daemon: Daemon{id}})
			}
		}
		flood(1, 100)
		if len(lines) != logs.LimiterLines || lines[0].DaemonID != 1 || lines[0].Level != logs.Warn || !lines[0].Time.Equal(time.Now()) {
			t.Errorf("%d lines of 100, the first %+v", len(lines), lines[0])
		}
		flood(2, 1)
		if len(lines) != 1 {
			t.Error("a daemon's lines are limited by another's")
		}
		log.Happened(CallbackFailed{Daemon{1}, "Process", errors.New("no")})
		if len(lines) != 2 {
			t.Error("a kind of line is limited by another")
		}
		time.Sleep(time.Second)
		flood(1, 1)
		if want := "which is skipped, as 84 others have been since the last such line"; !strings.HasSuffix(string(lines[0].Message), want) {
			t.Errorf("%q doesn't end in %q", lines[0].Message, want)
		}
		flood(1, 100)
		log.Forget(1)
		flood(1, 100)
		if len(lines) != logs.LimiterLines || strings.Contains(string(lines[0].Message), "others") {
			t.Errorf("a daemon that was forgotten: %d lines, the first %q", len(lines), lines[0].Message)
		}
	})
}

func TestUnlimitedEventsAreAllLogged(t *testing.T) {
	lines := 0
	log := NewLog(func(logs.Line) { lines++ })
	for range 100 {
		log.Happened(BackedOff{Daemon{1}, time.Minute, true})
		log.Happened(Failed{Daemon: Daemon{1}, Restarts: true})
		log.Happened(BackedOff{Daemon{1}, time.Minute, false}) // has no line
	}
	if lines != 200 {
		t.Errorf("%d lines, want 200", lines)
	}
}
