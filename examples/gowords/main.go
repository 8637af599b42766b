// Gowords counts how often each word occurs in a text. It is a whole host in
// Go, to be copied: no C, only the package in runtime/.
//
// The first daemon, "splitter", gets the lines of the text as events and emits
// their words. The second, "counter", is subscribed to the first and counts the
// words that come. When it is stopped, the counter's state goes into a file, and
// the next start counts on from the line after the last.
//
//	splitter.go, counter.go   the daemons
//	feed.go                   posting lines, and waiting while there is no room
//	state.go                  the state file
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	meshos "netmeshos/runtime"
)

// The seeds are the daemons' identities: a real host reads its own from files
// that only it can read.
var (
	splitterSeed = [meshos.SeedSize]byte([]byte("an example, and so not a secret1"))
	counterSeed  = [meshos.SeedSize]byte([]byte("an example, and so not a secret2"))
)

const usage = `usage: gowords [-state FILE] [-top N] [-lines N] TEXT

Counts how often each word of a text occurs, and prints the most frequent. A
word is a run of letters; capitals count as small letters.

With -state it can be stopped at any time, by Ctrl-C or -lines: what has been
counted goes into FILE, and the next start with the same FILE and TEXT goes on
where this one has stopped. When the whole text is counted FILE is removed.

`

type options struct {
	text  string // path of what is counted
	state string // path of the state file; none if empty
	top   int    // how many words to print
	lines int64  // how many lines to count in this run; 0: all
}

// errUsage is for what has been said already.
var errUsage = errors.New("usage")

func parse(args []string, say io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("gowords", flag.ContinueOnError)
	flags.SetOutput(say)
	flags.Usage = func() {
		fmt.Fprint(say, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.state, "state", "", "`file` that keeps the state between two starts")
	flags.IntVar(&o.top, "top", 10, "how many words to print")
	flags.Int64Var(&o.lines, "lines", 0, "stop after so many lines; 0: count all")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, errUsage
	}
	if flags.NArg() != 1 || o.top < 0 || o.lines < 0 {
		flags.Usage()
		return o, errUsage
	}
	o.text = flags.Arg(0)
	return o, nil
}

func main() {
	o, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "gowords:", err)
		os.Exit(1)
	}
}

// run is the host's whole life. It ends early, with the state saved, when ctx
// is done.
func run(ctx context.Context, o options, out, say io.Writer) error {
	text, err := os.Open(o.text)
	if err != nil {
		return err
	}
	defer text.Close()
	if err := notItself(text, out); err != nil {
		return err
	}
	saved, err := load(o.state)
	if err != nil {
		return err
	}
	if err := hasPlace(o.state); err != nil {
		return err
	}
	if err := saved.goOnIn(text); err != nil {
		return err
	}

	// The inboxes bound how much of the text is in memory.
	sdk, err := meshos.Start(meshos.Config{InboxCapacity: 8192})
	if err != nil {
		return err
	}
	defer sdk.Shutdown()
	err = sdk.OnLog(meshos.LevelWarn, func(r meshos.LogRecord) {
		if r.DaemonID != 0 { // backpressure is as it should be here
			fmt.Fprintf(say, "gowords: %v: %s\n", r.Level, r.Message)
		}
	})
	if err != nil {
		return err
	}
	counter := newCounter()
	source, err := sdk.Register("splitter", splitterSeed, splitter{})
	if err != nil {
		return err
	}
	defer source.Close()
	sink, err := sdk.Register("counter", counterSeed, counter)
	if err != nil {
		return err
	}
	defer sink.Close()
	if err := sdk.Subscribe(source.ID(), sink.ID()); err != nil {
		return err
	}
	if err := sdk.Restore(sink.ID(), saved.counts); err != nil {
		return fmt.Errorf("%s: %w", o.state, err)
	}
	if saved.lines > 0 {
		fmt.Fprintf(say, "gowords: goes on after line %d\n", saved.lines)
	}

	f := feed{sdk: sdk, to: source.ID(), position: saved.position}
	whole, err := f.all(ctx, text, o.lines)
	if err != nil {
		return err
	}
	// Every line is with the splitter. When all daemons are idle, every word
	// has been counted.
	if err := sdk.Flush(0, 0); err != nil {
		return err
	}
	if !whole {
		return stopped(sdk, sink.ID(), f.position, o.state, say)
	}
	if err := counter.print(out, o.top); err != nil {
		return err
	}
	return remove(o.state)
}

// stopped saves what there is to go on from.
func stopped(sdk *meshos.SDK, counter uint64, at position, path string, say io.Writer) error {
	if path == "" {
		fmt.Fprintf(say, "gowords: stopped after line %d; -state would have kept what was counted\n", at.lines)
		return nil
	}
	counts, err := sdk.Snapshot(counter)
	if err != nil {
		return err
	}
	if err := save(path, state{at, counts}); err != nil {
		return err
	}
	fmt.Fprintf(say, "gowords: stopped after line %d; start it again to go on\n", at.lines)
	return nil
}
