package driver

import (
	"time"

	"netmeshos/internal/clock"
)

// gap makes all read again what may have been missed.
func (s *Set) gap() {
	for _, d := range s.all() {
		d.missed()
	}
	if !s.begins() {
		return
	}
	go func() { // ends with the request
		defer s.running.Done()
		for (s.readTable() != nil || s.readStops() != nil) && clock.Sleep(s.closing, 100*time.Millisecond) {
			continue
		}
		for _, d := range s.all() {
			d.tellFree() // what this node has told may have been lost, too
		}
	}()
}
