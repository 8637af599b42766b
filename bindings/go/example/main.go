// Command example counts the words of the lines that it is given.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"strconv"

	meshos "netmeshos/runtime"
)

type words struct{ count int }

func (w *words) Process(e meshos.InboundEvent, emit func([]byte)) error {
	if len(e.Payload) == 0 {
		return errors.New("an empty line")
	}
	w.count += len(bytes.Fields(e.Payload))
	emit(fmt.Appendf(nil, "%d words so far", w.count))
	return nil
}

func (w *words) Snapshot() []byte { return strconv.AppendInt(nil, int64(w.count), 10) }

func (w *words) Restore(state []byte) (err error) {
	w.count, err = strconv.Atoi(string(state))
	return err
}

func run() error {
	sdk, err := meshos.Start(meshos.Config{})
	if err != nil {
		return err
	}
	seed := [meshos.SeedSize]byte{1} // yours: 32 secret random bytes, kept
	daemon, err := sdk.Register("words", seed, &words{})
	if err != nil {
		return err
	}
	defer daemon.Close()
	if err := sdk.Restore(daemon.ID(), []byte("100")); err != nil {
		return err
	}
	if err := sdk.SetOutput(func(o meshos.Output) { fmt.Printf("%s\n", o.Payload) }); err != nil {
		return err
	}
	lines := []meshos.InboundEvent{
		{Payload: []byte("to be or not to be")},
		{Payload: []byte("that is the question")},
	}
	if _, err := sdk.Post(daemon.ID(), lines); err != nil {
		return err
	}
	if err := sdk.Flush(daemon.ID(), 0); err != nil {
		return err
	}
	fmt.Println(sdk.Deliver(daemon.ID(), meshos.InboundEvent{}, nil))
	state, err := sdk.Snapshot(daemon.ID())
	if err != nil {
		return err
	}
	fmt.Printf("state: %s\n", state)
	return sdk.Shutdown()
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
