//go:build mesh

// Bare measures what the server does without a mesh, with the same client: bare URL CASE [NUMBER...]. It prints
// "NAME VALUE" lines, as meshbench does, so that run.py can set both side by side. Messages have 64 bytes.
//
//	publish THREADS N  stored one after the other by each thread, which waits for each answer: messages/s
//	batches N          N events, in messages of 256 of them, 64 on their way at a time: events/s
//	request N          answered by another connection: p50_us, p99_us
//	stored N           the same, and the other stores a message before it answers: the least that a deliver can take
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	size   = 64
	batch  = 256
	flying = 64
)

func main() {
	if len(os.Args) < 4 {
		fail("usage: bare URL CASE NUMBER...")
	}
	numbers := make([]int, len(os.Args)-3)
	for i, text := range os.Args[3:] {
		n, err := strconv.Atoi(text)
		check(err)
		numbers[i] = n
	}
	conn, js := connect(os.Args[1])
	_, err := js.AddStream(&nats.StreamConfig{Name: "bare", Subjects: []string{"bare.>"}})
	check(err)
	switch os.Args[2] {
	case "publish":
		publish(js, numbers[0], numbers[1])
	case "batches":
		batches(js, numbers[0])
	case "request", "stored":
		request(os.Args[1], conn, numbers[0], os.Args[2] == "stored")
	default:
		fail("there is no case " + os.Args[2])
	}
}

func connect(url string) (*nats.Conn, nats.JetStreamContext) {
	conn, err := nats.Connect(url)
	check(err)
	js, err := conn.JetStream(nats.PublishAsyncMaxPending(flying))
	check(err)
	return conn, js
}

func publish(js nats.JetStreamContext, threads, n int) {
	var all sync.WaitGroup
	began := time.Now()
	for range threads {
		all.Add(1)
		go func() { // ends with its messages
			defer all.Done()
			for range n / threads {
				_, err := js.Publish("bare.single", make([]byte, size))
				check(err)
			}
		}()
	}
	all.Wait()
	figure("messages_per_second", float64(n/threads*threads)/time.Since(began).Seconds())
}

func batches(js nats.JetStreamContext, events int) {
	data := make([]byte, batch*size)
	began := time.Now()
	for range events / batch {
		_, err := js.PublishAsync("bare.batch", data, nats.StallWait(time.Minute))
		check(err)
	}
	<-js.PublishAsyncComplete()
	figure("events_per_second", float64(events/batch*batch)/time.Since(began).Seconds())
}

func request(url string, conn *nats.Conn, n int, store bool) {
	other, js := connect(url)
	_, err := other.Subscribe("ask", func(m *nats.Msg) {
		if store {
			_, err := js.Publish("bare.log", m.Data)
			check(err)
		}
		check(m.Respond(nil))
	})
	check(err)
	check(other.Flush())
	took := make([]float64, n)
	for i := range took {
		began := time.Now()
		_, err := conn.Request("ask", make([]byte, size), 10*time.Second)
		check(err)
		took[i] = float64(time.Since(began).Nanoseconds()) / 1000
	}
	slices.Sort(took)
	figure("p50_us", took[n/2])
	figure("p99_us", took[n*99/100])
}

func figure(name string, value float64) { fmt.Printf("%s %.6g\n", name, value) }

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
