package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	meshos "netmeshos/runtime"
)

// counter counts the words that it gets. Its methods need no lock: the
// supervisor never calls two of them at the same time.
type counter struct{ counts map[string]uint64 }

func newCounter() *counter { return &counter{make(map[string]uint64)} }

// Process implements meshos.Daemon.
func (c *counter) Process(word meshos.InboundEvent, _ func([]byte)) error {
	c.counts[string(word.Payload)]++
	return nil
}

// Snapshot implements meshos.Snapshotter: a line for each word, as
// "count word".
func (c *counter) Snapshot() []byte {
	var state []byte
	for word, n := range c.counts {
		state = fmt.Appendf(state, "%d %s\n", n, word)
	}
	return state
}

// Restore implements meshos.Restorer.
func (c *counter) Restore(state []byte) error {
	counts := make(map[string]uint64)
	for line := range bytes.Lines(state) {
		number, word, found := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		n, err := strconv.ParseUint(string(number), 10, 64)
		if err != nil || !found {
			return fmt.Errorf("the line %.40q is no count and word", line)
		}
		counts[string(word)] = n
	}
	c.counts = counts
	return nil
}

// print writes the most frequent words, and the first by the alphabet among
// those that are equally so. It is no callback: call it while none runs.
func (c *counter) print(out io.Writer, top int) error {
	type entry struct {
		word string
		n    uint64
	}
	var entries []entry
	var words uint64
	for word, n := range c.counts {
		entries = append(entries, entry{word, n})
		words += n
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.word, b.word))
	})
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%d words, %d different ones\n", words, len(entries))
	for _, e := range entries[:min(top, len(entries))] {
		fmt.Fprintf(w, "%9d %s\n", e.n, e.word)
	}
	return w.Flush()
}
