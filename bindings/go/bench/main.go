// Command bench measures what calls cost from Go, and prints lines "name value unit".
package main

import (
	"fmt"
	"log"
	"time"

	meshos "netmeshos/runtime"
)

const (
	events = 50_000 // fewer than an inbox holds
	batch  = 256
	calls  = 200_000
	rounds = 20
)

// held holds the first event of a round while the posts are timed, so that nothing else uses the processors.
type held struct{ entered, gate chan struct{} }

func (h held) Process(e meshos.InboundEvent, _ func([]byte)) error {
	if e.Origin == 0 {
		h.entered <- struct{}{}
		<-h.gate
	}
	return nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// best returns the time of the fastest round.
func best(prepare, run, after func()) time.Duration {
	least := time.Hour
	for range rounds {
		prepare()
		begin := time.Now()
		run()
		least = min(least, time.Since(begin))
		after()
	}
	return least
}

func main() {
	sdk, err := meshos.Start(meshos.Config{})
	check(err)
	h := held{make(chan struct{}), make(chan struct{})}
	daemon, err := sdk.Register("bench", [meshos.SeedSize]byte{1}, h)
	check(err)
	payload := []byte("sixteen bytes ok")
	post := func(es ...meshos.InboundEvent) {
		_, err := sdk.Post(daemon.ID(), es)
		check(err)
	}
	hold := func() {
		post(meshos.InboundEvent{})
		<-h.entered
	}
	open := func() {
		h.gate <- struct{}{}
		check(sdk.Flush(daemon.ID(), 0))
	}
	single := best(hold, func() {
		for i := range uint64(events) {
			post(meshos.InboundEvent{Origin: 1, Sequence: i, Payload: payload})
		}
	}, open)
	batches := best(hold, func() {
		all := make([]meshos.InboundEvent, batch)
		for first := 0; first+batch <= events; first += batch {
			for i := range all {
				all[i] = meshos.InboundEvent{Origin: 1, Sequence: uint64(first + i), Payload: payload}
			}
			post(all...)
		}
	}, open)
	nothing := func() {}
	receive := best(nothing, func() {
		for range calls {
			daemon.TryNextControl()
		}
	}, nothing)
	fmt.Printf("post %.0f events/s\n", events/single.Seconds())
	fmt.Printf("post_batch_%d %.0f events/s\n", batch, events/batch*batch/batches.Seconds())
	fmt.Printf("try_next_control %.1f ns\n", float64(receive.Nanoseconds())/calls)
	daemon.Close()
	check(sdk.Shutdown())
}
