// Package peer is what the programs of all peers that are written in Go share: events, checks and figures.
package peer

import (
	"fmt"
	"math"
	"os"
	"slices"
	"time"
)

// Inbox is how many events may wait for one daemon where there are few.
const Inbox = 65536

// Event is what a daemon gets: 64 bytes, of which the first eight are its number.
type Event struct {
	Number uint64
	_      [56]byte
}

// Counter counts the events of one daemon and adds up their numbers.
type Counter struct{ Events, Sum uint64 }

// Take counts an event.
func (c *Counter) Take(e *Event) {
	c.Events++
	c.Sum += e.Number
}

// Check ends the run unless these were the events 0 to n-1.
func (c *Counter) Check(n uint64) {
	if c.Events != n || c.Sum != n*(n-1)/2 {
		Fail("%d events were sent; %d were processed, and their numbers add up to %d", n, c.Events, c.Sum)
	}
}

// Case is one thing that a program measures.
type Case struct {
	Name string
	Run  func()
}

var quick bool

// Main runs the case that the program's arguments name: PROGRAM CASE full|quick. CASE "cases" prints which there are.
func Main(cases ...Case) {
	if len(os.Args) != 3 {
		Fail("usage: %s CASE full|quick", os.Args[0])
	}
	quick = os.Args[2] == "quick"
	for _, c := range cases {
		switch os.Args[1] {
		case c.Name:
			c.Run()
			return
		case "cases":
			fmt.Println(c.Name)
		}
	}
	if os.Args[1] != "cases" {
		Fail("there is no case %q", os.Args[1])
	}
}

// Amount is how much of something a run does.
func Amount(full, inAQuickRun int) int {
	if quick {
		return inAQuickRun
	}
	return full
}

// Report prints a figure.
func Report(figure string, value float64) { fmt.Printf("%s %.6g\n", figure, value) }

// Rate reports how many millions of n were done in a second since began.
func Rate(figure string, n int, began time.Time) {
	Report(figure, float64(n)/float64(time.Since(began).Nanoseconds())*1e3)
}

// Each reports the microseconds that each of n has taken since began.
func Each(figure string, n int, began time.Time) {
	Report(figure, float64(time.Since(began).Nanoseconds())/1e3/float64(n))
}

// Percentile reports the microseconds below which a share of the durations are. It sorts them.
func Percentile(figure string, took []time.Duration, share float64) {
	slices.Sort(took)
	Report(figure, float64(took[int(math.Floor(float64(len(took)-1)*share))].Nanoseconds())/1e3)
}

// Resident is how many bytes of the process are in memory.
func Resident() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	var all, pages int
	if err == nil {
		_, err = fmt.Sscan(string(text), &all, &pages)
	}
	if err != nil {
		Fail("/proc/self/statm can't be read: %v", err)
	}
	return float64(pages * os.Getpagesize())
}

// Fail ends the run.
func Fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
	os.Exit(1)
}
