package meshos_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// blockedProducer is a producer that waits for room at a subscriber whose process hangs.
// The producer emits each event's payload three times.
type blockedProducer struct {
	t          *testing.T
	sdk        *meshos.SDK
	producer   *meshos.Handle
	subscriber *meshos.Handle
	consumer   *recorder
	processed  atomic.Int64 // by the producer
	open       func()       // lets the subscriber go on; may be called more than once
}

// newBlockedProducer is for bubbles. The subscriber's inbox takes two events; the
// producer has processed one of four and stands still.
func newBlockedProducer(t *testing.T) *blockedProducer {
	config := quiet
	config.InboxCapacity = 2
	s := &blockedProducer{t: t, sdk: start(t, config), consumer: newRecorder(t)}
	gate := make(chan struct{})
	s.open = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(s.open)
	s.consumer.before = func(meshos.InboundEvent) { <-gate }
	s.producer = register(t, s.sdk, 1, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
		s.processed.Add(1)
		for range 3 {
			emit(e.Payload)
		}
		return nil
	}))
	s.subscriber = register(t, s.sdk, 2, s.consumer)
	wantKind(t, "Subscribe", s.sdk.Subscribe(s.producer.ID(), s.subscriber.ID()), "")
	post(t, s.sdk, s.producer, word(1, "a"))
	synctest.Wait() // it has processed that and waits for room for the third
	post(t, s.sdk, s.producer, words(2, "b c")...)
	n, err := s.sdk.Post(s.producer.ID(), words(4, "d"))
	wantKind(t, "Post to a producer that stands still", err, meshos.KindQueueFull)
	if n != 0 || s.processed.Load() != 1 {
		t.Errorf("%d more taken, %d processed", n, s.processed.Load())
	}
	wantKind(t, "Flush of the producer", s.sdk.Flush(s.producer.ID(), time.Second), meshos.KindTimeout)
	return s
}

func TestAFullSubscriberSlowsItsProducer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBlockedProducer(t)
		s.open()
		flush(t, s.sdk, nil)
		s.consumer.has(strings.Fields("a a a b b b c c c")...)
	})
}

// A stalled producer is still asked, told and snapshotted.
func TestAStalledProducerIsLookedAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.InboxCapacity = 1
		sdk := start(t, config)
		hang := make(chan struct{})
		full := newRecorder(t)
		full.before = func(meshos.InboundEvent) { <-hang }
		w := newRecorder(t)
		var received atomic.Int64
		w.onControl = func(e meshos.Event) {
			if e.Kind == meshos.ControlDrainStart {
				received.Add(1)
			}
		}
		producer, subscriber := register(t, sdk, 1, w), register(t, sdk, 2, full)
		wantKind(t, "Subscribe", sdk.Subscribe(producer.ID(), subscriber.ID()), "")
		deliver(t, sdk, producer, word(1, "a"))
		deliver(t, sdk, producer, word(2, "b")) // its output waits for room
		state, err := sdk.Snapshot(producer.ID())
		wantKind(t, "Snapshot", err, "")
		if string(state) != "a b" {
			t.Errorf("the state is %q", state)
		}
		wantKind(t, "Restore", sdk.Restore(producer.ID(), []byte("x")), "")
		wantKind(t, "EnterMaintenance", sdk.EnterMaintenance(1), "")
		synctest.Wait()
		if received.Load() != 1 {
			t.Errorf("received %d drains", received.Load())
		}
		close(hang)
		flush(t, sdk, nil)
		full.has("a", "b")
		w.has("x")
	})
}

// Whatever ends a subscriber, its producer goes on, and loses nothing that
// others are to get.
func TestAStalledProducerOutlivesItsSubscriber(t *testing.T) {
	for name, end := range map[string]func(s *blockedProducer){
		"Close":            func(s *blockedProducer) { go s.subscriber.Close() },
		"Release":          func(s *blockedProducer) { s.subscriber.Release() },
		"GracefulShutdown": func(s *blockedProducer) { go s.subscriber.GracefulShutdown(1) },
		"StopDaemon":       func(s *blockedProducer) { go s.sdk.StopDaemon(s.subscriber.ID(), 1) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newBlockedProducer(t)
				other := newRecorder(t)
				wantKind(t, "Subscribe", s.sdk.Subscribe(s.producer.ID(), register(t, s.sdk, 3, other).ID()), "")
				end(s) // the subscriber's callback hangs on
				time.Sleep(time.Second)
				flush(t, s.sdk, s.producer)
				if s.processed.Load() != 3 {
					t.Errorf("%d processed", s.processed.Load())
				}
				synctest.Wait()
				other.has(strings.Fields("b b b c c c")...)
				s.open()
				synctest.Wait()
				s.consumer.has("a") // the one that was being processed
			})
		})
	}
}

// One output more than the inbox takes is no reason to wait for a subscriber
// that has stopped.
func TestAStoppedSubscriberTakesMoreThanItsInbox(t *testing.T) {
	for name, end := range map[string]func(s *blockedProducer){
		"StopDaemon": func(s *blockedProducer) { wantKind(s.t, "StopDaemon", s.sdk.StopDaemon(s.subscriber.ID(), 1), "") },
		"BeginGracefulShutdown": func(s *blockedProducer) { // its handle is not closed yet
			wantKind(s.t, "BeginGracefulShutdown", s.subscriber.BeginGracefulShutdown(1), "")
			time.Sleep(time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newBlockedProducer(t)
				s.open()
				flush(t, s.sdk, nil)
				end(s)
				post(t, s.sdk, s.producer, words(1, "d e")...)
				flush(t, s.sdk, s.producer)
				if s.processed.Load() != 5 {
					t.Errorf("%d processed", s.processed.Load())
				}
				s.consumer.has(strings.Fields("a a a b b b c c c")...)
				if name == "StopDaemon" {
					if n := viewDaemon(t, s.sdk, s.subscriber).Discarded; n != 6 {
						t.Errorf("%d discarded, want 6", n)
					}
					wantKind(t, "RestartDaemon", s.sdk.RestartDaemon(s.subscriber.ID()), "")
					post(t, s.sdk, s.producer, words(1, "f")...)
					flush(t, s.sdk, nil)
					s.consumer.has(strings.Fields("a a a b b b c c c f f f")...)
				}
			})
		})
	}
}

// Whatever ends a producer, what it has emitted is not lost, and nobody takes
// it for a callback that hangs.
func TestAStalledProducerThatEndsLosesNoOutput(t *testing.T) {
	for name, end := range map[string]func(s *blockedProducer){
		"Close":            func(s *blockedProducer) { s.producer.Close() },
		"GracefulShutdown": func(s *blockedProducer) { wantKind(s.t, "GracefulShutdown", s.producer.GracefulShutdown(1), "") },
		"StopDaemon":       func(s *blockedProducer) { wantKind(s.t, "StopDaemon", s.sdk.StopDaemon(s.producer.ID(), 1), "") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newBlockedProducer(t)
				end(s)
				s.open()
				flush(t, s.sdk, nil)
				s.consumer.has("a", "a", "a")
				if s.processed.Load() != 1 {
					t.Errorf("%d processed", s.processed.Load())
				}
			})
		})
	}
}

// A producer that is stopped and started again keeps the order of its outputs.
func TestAStalledProducerIsRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBlockedProducer(t)
		wantKind(t, "StopDaemon", s.sdk.StopDaemon(s.producer.ID(), 1), "")
		wantKind(t, "RestartDaemon", s.sdk.RestartDaemon(s.producer.ID()), "")
		post(t, s.sdk, s.producer, words(1, "d e")...)
		synctest.Wait()
		s.open()
		flush(t, s.sdk, nil)
		s.consumer.has(strings.Fields("a a a d d d e e e")...)
	})
}

// Unsubscribing does not lose what has been emitted.
func TestUnsubscribeDuringAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBlockedProducer(t)
		wantKind(t, "Unsubscribe", s.sdk.Unsubscribe(s.producer.ID(), s.subscriber.ID()), "")
		s.open()
		flush(t, s.sdk, nil)
		s.consumer.has("a", "a", "a")
		if s.processed.Load() != 3 {
			t.Errorf("%d processed", s.processed.Load())
		}
	})
}
