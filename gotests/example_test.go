package gotests

import (
	"context"
	"errors"
	"fmt"
	"time"

	meshos "netmeshos/runtime"
)

// thermometer is a daemon as a user writes one. The supervisor calls the optional methods
// that it has, one at a time.
type thermometer struct {
	stopping bool
}

func (t *thermometer) OnControl(e meshos.Event) {
	if e.Kind == meshos.ControlShutdown {
		t.stopping = true
	}
}

func (t *thermometer) Health() meshos.Health {
	if t.stopping {
		return meshos.Degraded
	}
	return meshos.Healthy
}

// A daemon's life, from its registration to the end of its node.
func Example() {
	sdk, err := meshos.Start(meshos.Config{ThisNode: 7})
	if err != nil {
		panic(err)
	}
	seed := [meshos.SeedSize]byte{31: 1} // of the daemon's key; keep it secret
	handle, err := sdk.Register("thermometer", seed, &thermometer{})
	if err != nil {
		panic(err)
	}
	fmt.Printf("registered %s as %#x\n", handle.Name(), handle.ID())

	if err := handle.PublishCapabilities([]string{"sensor.temperature"}); err != nil {
		panic(err)
	}
	if err := handle.PublishLog(meshos.LevelInfo, "21.5 °C"); err != nil {
		panic(err)
	}

	// Elsewhere, the daemon's own loop waits for control events.
	told := make(chan meshos.Event)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		event, ok := handle.NextControl(ctx)
		if !ok {
			panic("nothing was said")
		}
		told <- event
	}()
	if err := handle.BeginGracefulShutdown(60_000); err != nil {
		panic(err)
	}
	event := <-told
	fmt.Printf("told: %v, %d ms\n", event.Kind, event.GraceMS)
	handle.Close() // the daemon has finished before the grace time is over

	_, err = handle.Metadata()
	var e *meshos.Error
	if errors.As(err, &e) {
		fmt.Println("after that:", e.Kind)
	}
	if err := sdk.Shutdown(); err != nil {
		panic(err)
	}
	for _, record := range sdk.Logs(0, 0) {
		fmt.Printf("log %d of node %d: %v %s\n", record.Seq, record.NodeID, record.Level, record.Message)
	}
	// Output:
	// registered thermometer as 0x7132ccce80173aec
	// told: Shutdown, 60000 ms
	// after that: already_shutdown
	// log 1 of node 7: info 21.5 °C
}

// Programs distinguish errors by their kind.
func Example_errors() {
	sdk, err := meshos.Start(meshos.Config{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = sdk.Shutdown() }()
	var seed [meshos.SeedSize]byte
	if _, err := sdk.Register("one", seed, nil); err != nil {
		panic(err)
	}
	_, err = sdk.Register("two", seed, nil)
	fmt.Println("taken:", errors.Is(err, &meshos.Error{Kind: meshos.KindRegisterFailed}))
	_, err = sdk.Register("two\xff", seed, nil)
	fmt.Println("no UTF-8:", errors.Is(err, &meshos.Error{Kind: meshos.KindInvalidArgument}))
	// Output:
	// taken: true
	// no UTF-8: true
}

func (*thermometer) Process(meshos.InboundEvent, func([]byte)) error { return nil }
