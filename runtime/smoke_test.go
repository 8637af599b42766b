package meshos

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type fn struct {
	process func(e InboundEvent, emit func([]byte)) error
}

func (f *fn) Process(e InboundEvent, emit func([]byte)) error { return f.process(e, emit) }

func seed(i int) (s [SeedSize]byte) { s[0], s[1], s[2] = byte(i), byte(i>>8), byte(i>>16); return }

func TestSmokeWords(t *testing.T) {
	sdk, err := Start(Config{InboxCapacity: 64})
	if err != nil {
		t.Fatal(err)
	}
	split, _ := sdk.Register("split", seed(1), &fn{func(e InboundEvent, emit func([]byte)) error {
		for _, w := range strings.Fields(string(e.Payload)) {
			emit([]byte(w))
		}
		return nil
	}})
	var n atomic.Int64
	var last uint64
	count, _ := sdk.Register("count", seed(2), &fn{func(e InboundEvent, emit func([]byte)) error {
		if e.Sequence != last+1 || e.Origin != split.ID() {
			t.Errorf("sequence %d after %d", e.Sequence, last)
		}
		last = e.Sequence
		n.Add(1)
		return nil
	}})
	if err := sdk.Subscribe(split.ID(), count.ID()); err != nil {
		t.Fatal(err)
	}
	want := 0
	for i := 0; i < 20000; {
		var batch []InboundEvent
		for j := 0; j < 10; j++ {
			batch = append(batch, InboundEvent{Origin: 7, Sequence: uint64(i + j), Payload: []byte("a b  c d")})
		}
		k, err := sdk.Post(split.ID(), batch)
		i += k
		want += 4 * k
		if err != nil && !errors.Is(err, &Error{Kind: KindQueueFull}) {
			t.Fatal(err)
		}
	}
	if err := sdk.Flush(0, 10*time.Second); err != nil {
		t.Fatal(err, string(sdk.RuntimeJSON()))
	}
	if int(n.Load()) != want {
		t.Fatalf("%d words, want %d", n.Load(), want)
	}
	fmt.Println(string(sdk.RuntimeJSON()))
	split.Close()
	count.Close()
	if err := sdk.Shutdown(); err != nil {
		t.Fatal(err)
	}
}

func TestSmokeCycle(t *testing.T) {
	sdk, _ := Start(Config{InboxCapacity: 4})
	var wg sync.WaitGroup
	var total atomic.Int64
	bounce := func(e InboundEvent, emit func([]byte)) error {
		total.Add(1)
		if e.Payload[0] > 0 {
			emit([]byte{e.Payload[0] - 1})
			emit([]byte{0})
		}
		return nil
	}
	a, _ := sdk.Register("a", seed(1), &fn{bounce})
	b, _ := sdk.Register("b", seed(2), &fn{bounce})
	sdk.Subscribe(a.ID(), b.ID())
	sdk.Subscribe(b.ID(), a.ID())
	sdk.Subscribe(a.ID(), a.ID())
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				sdk.Deliver(a.ID(), InboundEvent{Payload: []byte{9}}, nil)
			}
		}()
	}
	wg.Wait()
	if err := sdk.Flush(0, 20*time.Second); err != nil {
		t.Fatal(err, string(sdk.RuntimeJSON()))
	}
	fmt.Println(total.Load())
	sdk.Shutdown()
}

func TestSmokeRestart(t *testing.T) {
	sdk, _ := Start(Config{OnProcessFailure: Restart, BackoffInitialMS: 1, BackoffMaxMS: 4, CrashLoopCooldownMS: 50})
	d, _ := sdk.Register("d", seed(1), &fn{func(e InboundEvent, emit func([]byte)) error {
		if e.Payload[0] == 1 {
			return errors.New("bad")
		}
		return nil
	}})
	for i := range 5 {
		err := sdk.Deliver(d.ID(), InboundEvent{Payload: []byte{1}}, nil)
		if !errors.Is(err, &Error{Kind: KindProcessFailed}) {
			t.Fatal(i, err)
		}
	}
	err := sdk.Deliver(d.ID(), InboundEvent{Payload: []byte{0}}, nil)
	if !errors.Is(err, &Error{Kind: KindBackingOff}) {
		t.Fatal(err)
	}
	fmt.Println(err)
	sdk.RestartDaemon(d.ID())
	if err := sdk.Deliver(d.ID(), InboundEvent{Payload: []byte{0}}, nil); err != nil {
		t.Fatal(err)
	}
	sdk.EnterMaintenance(1000)
	for !strings.Contains(string(sdk.RuntimeJSON()), `"state":"Maintenance"`) {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(sdk.Deliver(d.ID(), InboundEvent{Payload: []byte{0}}, nil))
	fmt.Println(sdk.ExitMaintenance(), sdk.ExitMaintenance())
	fmt.Println(string(sdk.LogsJSON(0, 0)))
	sdk.Shutdown()
}
