// The Go host has a Go runtime of its own beside that of the library: two schedulers, two collectors, two sets of
// signal handlers. Faults become panics in it, signals reach its channels, and its children are reaped.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	goroutines = 32
	rounds     = 20
	events     = 20
	deadline   = time.Minute
)

type node struct{ next *node }

// fault reads through a nil pointer: a SIGSEGV that the host's own runtime turns into a panic.
func fault(n *node) (err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = recovered.(error)
		}
	}()
	n.next.next = n
	return nil
}

func faults() error {
	var want runtime.Error
	if err := fault(&node{}); !errors.As(err, &want) {
		return fmt.Errorf("a nil pointer gave %v", err)
	}
	return nil
}

func life(s *sdk, number int) error {
	for range rounds {
		var processed, failed atomic.Int64
		d, err := s.register(number, func(sequence uint64) error {
			processed.Add(1)
			if sequence == 0 {
				return fault(&node{})
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i := range uint64(events) {
			if err := d.deliver(i); err != nil {
				failed.Add(1)
			}
			if err := d.post(i + 1); err != nil {
				return err
			}
		}
		err = errors.Join(d.flush(), faults())
		d.free()
		if err != nil || processed.Load() != 2*events || failed.Load() != 1 {
			return fmt.Errorf("%d processed, %d failed: %w", processed.Load(), failed.Load(), err)
		}
	}
	return nil
}

// signals sends each signal many times, and waits for each.
func signals() error {
	for _, number := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1,
		syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGCHLD, syscall.SIGWINCH} {
		seen := make(chan os.Signal, 1)
		signal.Notify(seen, number)
		for i := range 200 {
			if err := syscall.Kill(os.Getpid(), number); err != nil {
				return err
			}
			select {
			case <-seen:
			case <-time.After(deadline):
				return fmt.Errorf("%v number %d has not come", number, i)
			}
		}
		signal.Stop(seen)
	}
	return nil
}

func children() error {
	for range 50 {
		if err := exec.Command("true").Run(); err != nil {
			return err
		}
	}
	return nil
}

func all(s *sdk) error {
	var group sync.WaitGroup
	found := make(chan error, goroutines+1)
	for i := range goroutines {
		group.Go(func() { found <- life(s, i) })
	}
	group.Go(func() { found <- signals() })
	group.Wait()
	close(found)
	var err error
	for one := range found {
		err = errors.Join(err, one)
	}
	return errors.Join(err, children(), faults())
}

func main() {
	debug.SetGCPercent(10)
	s, err := start()
	if err == nil {
		err = errors.Join(all(s), s.end())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
