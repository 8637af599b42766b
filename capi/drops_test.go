package main

import (
	"testing"
	"time"
)

func TestDropsAreCountedUntilTheEnd(t *testing.T) {
	var sum int64
	d := &dropCounter{count: func(delta int64) { sum += delta }}
	d.add(2)
	d.add(-1)
	d.end()
	d.add(5)
	d.end()
	if sum != 1 {
		t.Errorf("counted %d, want 1", sum)
	}
}

// Once end has returned the cell may be another SDK's.
func TestEndOfDropsWaitsForACountUnderWay(t *testing.T) {
	inside, ended := make(chan struct{}), make(chan struct{})
	d := &dropCounter{count: func(int64) {
		close(inside)
		select {
		case <-ended:
			t.Error("the end came before the count was over")
		case <-time.After(100 * time.Millisecond): // what must not happen is waited for, and not for long
		}
	}}
	counted := make(chan struct{})
	go func() {
		d.add(1)
		close(counted)
	}()
	<-inside
	d.end()
	close(ended)
	<-counted
}
