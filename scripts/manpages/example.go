package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// example is a program that shows calls.
type example struct {
	file  string
	title string // what its first comment says
	code  string // the rest
	shows []string
}

// readExamples returns the example of each call.
func readExamples(folder string) (map[string]example, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.c"))
	if err != nil {
		return nil, err
	}
	of := make(map[string]example)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		e, err := parseExample(filepath.Base(file), string(text))
		if err != nil {
			return nil, err
		}
		for _, name := range e.shows {
			if other, has := of[name]; has {
				return nil, fmt.Errorf("%s and %s both show %s", other.file, e.file, name)
			}
			of[name] = e
		}
	}
	return of, nil
}

var (
	mentioned  = regexp.MustCompile(`\bnet_meshos_[a-z0-9_]+`)
	anyComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// parseExample reads a program. It shows the calls that its first comment names.
func parseExample(file, text string) (example, error) {
	comment, code, found := strings.Cut(text, "*/\n")
	if !found || !strings.HasPrefix(comment, "/*") {
		return example{}, fmt.Errorf("%s does not begin with a comment", file)
	}
	title := spaces.ReplaceAllString(strings.Join(commentText(strings.Split(comment+"*/", "\n")), " "), " ")
	e := example{file: file, title: title, code: strings.TrimRight(code, "\n"), shows: mentioned.FindAllString(title, -1)}
	slices.Sort(e.shows)
	e.shows = slices.Compact(e.shows)
	if len(e.shows) == 0 {
		return e, fmt.Errorf("%s names no call in its first comment", file)
	}
	made := anyComment.ReplaceAllString(code, "")
	for _, name := range e.shows {
		if !strings.Contains(made, name+"(") {
			return e, fmt.Errorf("%s says that it shows %s, and does not call it", file, name)
		}
	}
	if !strings.Contains(code, "\n/* It prints:\n") {
		return e, fmt.Errorf("%s does not say what it prints", file)
	}
	return e, nil
}
