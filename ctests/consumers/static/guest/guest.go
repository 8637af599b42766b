// A Go c-archive that has nothing to do with the library: it stands for any other Go code in a C program.
package main

import "C"

import (
	"encoding/json"
	"fmt"
	"runtime"
)

// guest_work uses much of a Go runtime: types at run time, maps, goroutines, a panic, the collector. It returns
// the rounds done, or -1 when one came out wrong.
//
//export guest_work
func guest_work(rounds C.longlong) C.longlong {
	results := make(chan bool)
	for i := range int(rounds) {
		go func() { results <- roundTrip(i) && recovers() }()
	}
	right := true
	for range int(rounds) {
		right = <-results && right
	}
	runtime.GC()
	if !right {
		return -1
	}
	return rounds
}

func roundTrip(i int) bool {
	in := map[string]any{"name": fmt.Sprintf("guest-%d", i), "list": []any{"a", true, nil, float64(i)}}
	text, err := json.Marshal(in)
	if err != nil {
		return false
	}
	var out map[string]any
	return json.Unmarshal(text, &out) == nil && fmt.Sprint(in) == fmt.Sprint(out)
}

func recovers() (caught bool) {
	defer func() { caught = recover() != nil }()
	var nothing *int
	return *nothing == 0
}

func main() {}
