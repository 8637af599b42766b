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

// blockedProducer is a producer whose outputs wait for room in the inbox of a subscriber
// that hangs. The producer emits each event's payload three times.
type blockedProducer struct {
	t          *testing.T
	sdk        *meshos.SDK
	producer   *meshos.Handle
	subscriber *meshos.Handle
	consumer   *recorder
	processed  atomic.Int64 // by the producer
	open       func()       // lets the subscriber continue; may be called more than once
}

// newBlockedProducer must be called in a synctest bubble. The subscriber's inbox holds two
// events. The producer has processed one of four events and is blocked.
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
	synctest.Wait() // it has processed that, and its third output waits for room
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

// A blocked producer still gets probes, control events and snapshots.
func TestABlockedProducerStillRunsOtherCallbacks(t *testing.T) {
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

// However a subscriber ends, its producer continues, and the other subscribers lose
// nothing.
func TestABlockedProducerOutlivesItsSubscriber(t *testing.T) {
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
				end(s) // the subscriber's callback still hangs
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

// A producer doesn't wait for a full inbox if the subscriber has been stopped.
func TestAStoppedSubscriberBlocksNoProducer(t *testing.T) {
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

// However a producer ends, its pending outputs are delivered, and the watchdog doesn't
// report it.
func TestABlockedProducerThatEndsLosesNoOutput(t *testing.T) {
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

// A producer that is stopped and restarted keeps the order of its outputs.
func TestABlockedProducerIsRestarted(t *testing.T) {
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

// Unsubscribing doesn't lose outputs that are already pending.
func TestUnsubscribeWhileTheProducerIsBlocked(t *testing.T) {
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
