package main

import (
	"fmt"
	"regexp"
	"strings"
)

// header is a C header, in its order.
type header struct {
	name         string
	intro        []string // the first comment
	declarations []declaration
}

// declaration is a comment with the code below it. One without code stands for itself,
// as one about a section does.
type declaration struct {
	section string
	comment []string // its lines, without what makes them a comment
	code    []string
	name    string // of the call; empty if it declares none
}

func (d declaration) isCall() bool { return d.name != "" }

var (
	sectionLine = regexp.MustCompile(`^/\* ---- (.*?) -+ ?\*/$`)
	callName    = regexp.MustCompile(`\b(net_meshos_[a-z0-9_]+)\(`)
)

// parseHeader takes a header to pieces.
func parseHeader(name, text string) (header, error) {
	h := header{name: name}
	section := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if found := sectionLine.FindStringSubmatch(line); found != nil {
			section = found[1]
			continue
		}
		if strings.HasPrefix(line, "/*") {
			from := i
			for !strings.HasSuffix(lines[i], "*/") {
				if i++; i == len(lines) {
					return h, fmt.Errorf("%s: the comment of line %d does not end", name, from+1)
				}
			}
			comment := commentText(lines[from : i+1])
			if h.intro == nil {
				h.intro = comment
				continue
			}
			h.declarations = append(h.declarations, declaration{section: section, comment: comment})
			continue
		}
		if isGuard(line) {
			continue
		}
		from := i
		for depth := braces(lines[i]); depth > 0 || !ends(lines[i]); depth += braces(lines[i]) {
			if i++; i == len(lines) {
				return h, fmt.Errorf("%s: the declaration of line %d does not end", name, from+1)
			}
		}
		h.add(section, lines[from:i+1], from > 0 && lines[from-1] != "")
	}
	return h, nil
}

// add puts code below the comment that stands right above it, or else by itself.
func (h *header) add(section string, code []string, follows bool) {
	if last := len(h.declarations) - 1; follows && last >= 0 && !h.declarations[last].isCall() {
		h.declarations[last].code = append(h.declarations[last].code, code...)
	} else {
		h.declarations = append(h.declarations, declaration{section: section, code: code})
	}
	d := &h.declarations[len(h.declarations)-1]
	if found := callName.FindStringSubmatch(code[0]); found != nil && !strings.HasPrefix(code[0], "typedef") {
		d.name = found[1]
	}
}

// isGuard reports whether a line is of no use to a reader.
func isGuard(line string) bool {
	if !strings.HasPrefix(line, "#") {
		return line == "" || strings.Contains(line, `extern "C"`)
	}
	return !strings.HasPrefix(line, "#define NET_MESHOS_") || strings.HasSuffix(line, "_H")
}

func braces(line string) int { return strings.Count(line, "{") - strings.Count(line, "}") }

// ends reports whether a declaration may end with this line, outside of braces.
func ends(line string) bool {
	code, _, _ := strings.Cut(line, "/*")
	return strings.HasPrefix(line, "#") || strings.HasSuffix(strings.TrimSpace(code), ";")
}

// commentText is what a comment says, line by line.
func commentText(lines []string) []string {
	var out []string
	for i, line := range lines {
		if i == 0 {
			line = strings.TrimPrefix(line, "/*")
		} else {
			line = strings.TrimPrefix(line, " *")
			if line == "/" {
				continue
			}
		}
		line = strings.TrimRight(strings.TrimSuffix(line, "*/"), " ")
		line = strings.TrimPrefix(line, " ")
		if line != "" || len(out) > 0 {
			out = append(out, line)
		}
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}
