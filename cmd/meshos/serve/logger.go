package serve

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A logger writes what the server says, a line each. It hands on what the server can't go on after.
type logger struct {
	verbose bool
	fatal   chan string // the first reason; the server says "fatal" and goes on, so that whoever runs it has to end it

	mu  sync.Mutex // one line at a time
	out io.Writer
}

func newLogger(out io.Writer, verbose bool) *logger {
	return &logger{verbose: verbose, fatal: make(chan string, 1), out: out}
}

func (l *logger) say(level, format string, v []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "%s %s server: %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), level, fmt.Sprintf(format, v...))
}

func (l *logger) Noticef(format string, v ...any) {
	if l.verbose {
		l.say("info", format, v)
	}
}
func (l *logger) Warnf(format string, v ...any)  { l.say("warn", format, v) }
func (l *logger) Errorf(format string, v ...any) { l.say("error", format, v) }
func (l *logger) Debugf(string, ...any)          {}
func (l *logger) Tracef(string, ...any)          {}

func (l *logger) Fatalf(format string, v ...any) {
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default: // the first one is the reason
	}
}
