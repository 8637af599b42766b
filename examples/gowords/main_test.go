package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode"
)

// sample writes a text of many lines and returns its path and its words.
func sample(t *testing.T, lines int) (path string, words []string) {
	t.Helper()
	var text strings.Builder
	for i := range lines {
		line := fmt.Sprintf("Line %d: the quick-brown FOX's %s; été\t", i, strings.Repeat("ab ", i%7))
		if i%10 == 3 {
			line = ""
		}
		text.WriteString(line)
		if i < lines-1 {
			text.WriteByte('\n')
		}
	}
	words = strings.FieldsFunc(strings.ToLower(text.String()), func(r rune) bool { return !unicode.IsLetter(r) })
	path = filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, words
}

// expected is what the words come to, counted in the plainest way.
func expected(words []string, top int) string {
	c := newCounter()
	for _, w := range words {
		c.counts[w]++
	}
	var out bytes.Buffer
	c.print(&out, top)
	return out.String()
}

func TestItCountsAllWords(t *testing.T) {
	path, words := sample(t, 30_000)
	var out, say bytes.Buffer
	if err := run(context.Background(), options{text: path, top: 1000}, &out, &say); err != nil {
		t.Fatal(err)
	}
	if want := expected(words, 1000); out.String() != want {
		t.Errorf("got %s\nwant %s", out.String(), want)
	}
	if say.Len() > 0 {
		t.Errorf("it says %s", say.String())
	}
}

func TestItGoesOnWhereItWasStopped(t *testing.T) {
	path, words := sample(t, 5_000)
	state := filepath.Join(t.TempDir(), "state")
	var out, say bytes.Buffer
	for _, lines := range []int64{1, 1_000, 999, 2_999} { // 4,999 in all
		if err := run(context.Background(), options{path, state, 10, lines}, &out, &say); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() > 0 || strings.Count(say.String(), "goes on after line") != 3 || !strings.Contains(say.String(), "stopped after line 4999") {
		t.Errorf("it prints %s and says %s", out.String(), say.String())
	}
	if err := run(context.Background(), options{path, state, 10, 0}, &out, &say); err != nil {
		t.Fatal(err)
	}
	if want := expected(words, 10); out.String() != want {
		t.Errorf("got %s\nwant %s", out.String(), want)
	}
	if _, err := os.Stat(state); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state file is still there: %v", err)
	}
}

// A limit that the text just reaches is no stop.
func TestALimitAtTheEnd(t *testing.T) {
	for _, ending := range []string{"", "\n"} {
		path := filepath.Join(t.TempDir(), "text")
		if err := os.WriteFile(path, []byte("a b\na"+ending), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, say bytes.Buffer
		if err := run(context.Background(), options{path, "", 2, 2}, &out, &say); err != nil {
			t.Fatal(err)
		}
		if want := "3 words, 2 different ones\n        2 a\n        1 b\n"; out.String() != want || say.Len() > 0 {
			t.Errorf("it prints %q and says %q", out.String(), say.String())
		}
	}
}

func TestItStopsWhenTold(t *testing.T) {
	path, _ := sample(t, 100)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, say bytes.Buffer
	if err := run(ctx, options{text: path, top: 10}, &out, &say); err != nil || out.Len() > 0 || !strings.Contains(say.String(), "stopped after line 0") {
		t.Errorf("%v: it prints %q and says %q", err, out.String(), say.String())
	}
}

func TestWhatCanGoWrong(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := file("text", "a b c\n")
	for name, c := range map[string]struct {
		options options
		want    string
	}{
		"no text":              {options{text: filepath.Join(dir, "none")}, "none"},
		"a folder":             {options{text: dir}, "directory"},
		"another file's state": {options{text: text, state: file("other", "{}\n")}, "no state of gowords"},
		"an empty state":       {options{text: text, state: file("empty", "")}, "no state of gowords"},
		"a state that is torn": {options{text: text, state: file("torn", "gowords state: 1 lines, 2 bytes\nx y\n")}, "no count and word"},
		"a longer text":        {options{text: text, state: file("long", "gowords state: 9 lines, 99 bytes\n")}, "another text"},
		"no place for a state": {options{text: text, state: filepath.Join(dir, "no", "state"), lines: 0}, "no"},
		"nor when it stops":    {options{text: file("two", "a\nb\n"), state: filepath.Join(dir, "no", "state"), lines: 1}, "no"},
	} {
		var out, say bytes.Buffer
		err := run(context.Background(), c.options, &out, &say)
		said := say.String()
		if err != nil {
			said += err.Error()
		}
		if (err == nil) != (c.want == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: %v, %q; want %q", name, err, said, c.want)
		}
	}
}

// What can't be written is an error, and so is an output into the text itself.
func TestOutputs(t *testing.T) {
	path, _ := sample(t, 10)
	itself, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer itself.Close()
	before, _ := os.ReadFile(path)
	var say bytes.Buffer
	if err := run(context.Background(), options{text: path, top: 10}, itself, &say); err == nil || !strings.Contains(err.Error(), "nothing is counted") {
		t.Errorf("into the text: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the text has been changed")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	if err := run(context.Background(), options{text: path, top: 10}, full, &say); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("into a full disk: %v", err)
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		want options
		err  error
	}{
		{[]string{"t"}, options{text: "t", top: 10}, nil},
		{[]string{"-state", "s", "-top=3", "--lines", "4", "t"}, options{"t", "s", 3, 4}, nil},
		{[]string{"-h"}, options{}, flag.ErrHelp},
		{[]string{"--help"}, options{}, flag.ErrHelp},
		{nil, options{}, errUsage},
		{[]string{"a", "b"}, options{}, errUsage},
		{[]string{"-top", "-1", "t"}, options{}, errUsage},
		{[]string{"-lines", "-1", "t"}, options{}, errUsage},
		{[]string{"-nonsense", "t"}, options{}, errUsage},
	} {
		var say bytes.Buffer
		got, err := parse(c.args, &say)
		if !errors.Is(err, c.err) || err == nil && got != c.want {
			t.Errorf("%q: %+v, %v; want %+v, %v", c.args, got, err, c.want, c.err)
		}
		if (err != nil) != strings.Contains(say.String(), "usage: gowords") {
			t.Errorf("%q: %v, and it says %q", c.args, err, say.String())
		}
	}
}
