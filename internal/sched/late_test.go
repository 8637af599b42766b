package sched

import (
	"runtime"
	"testing"
	"time"

	"go.uber.org/atomic"
)

// Where other processes use the processors, workers start late. That must not make them
// count as hung, or each would get a substitute that starts as late.
func TestWorkersThatStartLateGetNoSubstitutes(t *testing.T) {
	p := NewIdlePool()
	const tasks = 10
	var ran atomic.Int64
	p.mu.Lock() // holds all workers up on their way to a task
	now := time.Now()
	for range tasks {
		p.queue = append(p.queue, task(func() { ran.Inc() }))
	}
	for range 1000 {
		now = now.Add(sampleInterval)
		p.adapt(now)
	}
	if n := len(p.workers); n > tasks {
		t.Errorf("%d workers are there for %d tasks", n, tasks)
	}
	p.mu.Unlock()
	for deadline := time.Now().Add(time.Minute); ran.Load() < tasks; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d tasks have run", ran.Load(), tasks)
		}
	}
}
