// Command manpages makes a man page for each call that the headers declare, and one
// for each header, of what the headers say.
//
//	manpages -version VERSION -out FOLDER
//
// It runs in the project's root. The example of a page is the program in
// docs/reference/ whose first comment names the call; FOLDER/examples lists which that
// is. A call without one is an error, and so is a program that doesn't make a call that
// it is said to show.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	version := flag.String("version", "", "the library's version")
	out := flag.String("out", "", "the folder for the pages")
	flag.Parse()
	if err := run(*version, *out); err != nil {
		fmt.Fprintln(os.Stderr, "manpages:", err)
		os.Exit(1)
	}
}

func run(version, out string) error {
	var headers []header
	for _, name := range []string{"net_meshos.h", "net_meshos_ext.h"} {
		text, err := os.ReadFile(filepath.Join("include", name))
		if err != nil {
			return err
		}
		h, err := parseHeader(name, string(text))
		if err != nil {
			return err
		}
		headers = append(headers, h)
	}
	examples, err := readExamples("docs/reference")
	if err != nil {
		return err
	}
	pages, err := pagesOf(headers, examples, version)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(out, name+".3"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(out, "examples"), []byte(listOf(examples)), 0o644)
}

// pagesOf returns the text of each page, by its name.
func pagesOf(headers []header, examples map[string]example, version string) (map[string]string, error) {
	w := writer{version: version, calls: make(map[string]declaration)}
	for _, h := range headers {
		for _, d := range h.declarations {
			if d.isCall() {
				w.calls[d.name] = d
			}
		}
	}
	pages := make(map[string]string)
	for _, h := range headers {
		pages[h.name] = w.overview(h)
		for _, d := range h.declarations {
			if !d.isCall() {
				continue
			}
			shown, has := examples[d.name]
			if !has {
				return nil, fmt.Errorf("%s has no example: no first comment in docs/reference/ names it", d.name)
			}
			pages[d.name] = w.page(h, d, shown)
		}
	}
	for name, e := range examples {
		if _, has := w.calls[name]; !has {
			return nil, fmt.Errorf("%s shows %s, which no header declares", e.file, name)
		}
	}
	return pages, nil
}

// listOf is a line for each call, with its example's file.
func listOf(examples map[string]example) string {
	var lines []string
	for name, e := range examples {
		lines = append(lines, name+" "+e.file+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
