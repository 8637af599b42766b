package sched

import "testing"

func withThreads(t *testing.T, have int64) {
	t.Helper()
	before := ThreadsFor
	ThreadsFor = func(workers int64) bool { return workers <= have }
	t.Cleanup(func() { ThreadsFor = before })
}

func TestNoMoreWorkersThanThreads(t *testing.T) {
	there := workers.Load()
	withThreads(t, there+2)
	for range 2 {
		if !workerStarts(false) {
			t.Fatal("there was a thread for it")
		}
		defer workerEnds()
	}
	if workerStarts(false) {
		workerEnds()
		t.Error("there was no thread for it")
	}
	if got := workers.Load(); got != there+2 {
		t.Errorf("%d workers are counted, want %d", got, there+2)
	}
}

func TestTheFirstWorkerOfAPoolNeedsNoOtherThread(t *testing.T) {
	withThreads(t, 0)
	if !workerStarts(true) {
		t.Fatal("the first must always work: its thread is there since the SDK's start")
	}
	workerEnds()
}
