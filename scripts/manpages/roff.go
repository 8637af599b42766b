package main

import (
	"regexp"
	"strings"
)

// What troff takes for its own: a backslash, a dash, which it would make a hyphen, and
// at the begin of a line a dot or a quote.
var (
	special   = strings.NewReplacer(`\`, `\e`, `-`, `\-`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`)
	reference = regexp.MustCompile(`\bnet_meshos_[a-z0-9_]+(?:\(\))?`)
)

func escape(line string) string {
	line = special.Replace(line)
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		line = `\&` + line
	}
	return line
}

func (w *writer) line(text string) { w.WriteString(text + "\n") }

func (w *writer) section(title string) { w.line(".SH " + escape(title)) }

func (w *writer) paragraph(text string) { w.line(".PP\n" + w.prose(text)) }

// prose is text that is filled, in which calls refer to their pages.
func (w *writer) prose(text string) string {
	return reference.ReplaceAllStringFunc(escape(text), func(found string) string {
		name := strings.TrimSuffix(found, "()")
		if !w.calls[name].isCall() {
			return found
		}
		return `\fB` + name + `\fR(3)`
	})
}

func (w *writer) verbatim(lines []string) {
	w.line(".PP\n.nf")
	for _, line := range lines {
		w.line(escape(line))
	}
	w.line(".fi")
}

func (w *writer) blocks(blocks []block) {
	for _, b := range blocks {
		if b.verbatim != nil {
			w.verbatim(b.verbatim)
		} else {
			w.paragraph(b.text)
		}
	}
}
