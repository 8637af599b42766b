package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// writer writes pages for man.
type writer struct {
	strings.Builder
	version string
	calls   map[string]declaration // all of them, by name
}

// page is that of one call.
func (w *writer) page(h header, d declaration, e example) string {
	s := understand(d.comment)
	w.begin(d.name, s.brief(), h.name)
	w.verbatim(d.code)
	w.line(".PP\nLink with \\fI\\-lnet_meshos\\fR.")

	w.section("DESCRIPTION")
	w.blocks(s.description)
	if strings.HasPrefix(d.code[0], "int ") {
		w.section("RETURN VALUE")
		w.paragraph("NET_MESHOS_OK, or one of the statuses below. Then net_meshos_last_error_kind and" +
			" net_meshos_last_error_message say more.")
	}
	w.errors(h, d, s)
	w.section("EXAMPLE")
	_, what, _ := strings.Cut(e.title, ": ")
	w.paragraph(strings.ToUpper(what[:1]) + what[1:] + ` The program is docs/reference/` + e.file + ` in the sources.`)
	w.verbatim(strings.Split(e.code, "\n"))
	w.seeAlso(h, d, e)
	return w.end()
}

var alike = regexp.MustCompile(`(?:^Like|^Starts an SDK as|it is like) (net_meshos_[a-z0-9_]+)`)

// errors lists what the call reports, and what it shares with others.
func (w *writer) errors(h header, d declaration, s said) {
	w.section("ERRORS")
	for _, f := range s.errors {
		if f.before != "" {
			w.paragraph(f.before)
		}
		w.line(".TP\n" + `\fB` + escape(strings.TrimSpace(f.status+" "+f.kind)) + `\fR`)
		w.line(w.prose(f.when))
	}
	for _, text := range s.after {
		w.paragraph(text)
	}
	for _, b := range s.description {
		if found := alike.FindStringSubmatch(b.text); found != nil && w.calls[found[1]].isCall() {
			w.paragraph("Those of " + found[1] + ", too.")
		}
	}
	switch code, text := strings.Join(d.code, " "), strings.Join(d.comment, " "); {
	case strings.Contains(code, "(void)"):
		w.paragraph("It can't fail.")
	case strings.Contains(text, "Never touches the last error"):
		w.paragraph("It reports none: what it does with arguments that are not valid is said above.")
	case strings.HasPrefix(code, "void "):
		w.paragraph("It returns nothing, and reports none but what stands above.")
	case h.name == "net_meshos.h":
		w.paragraph("What every call can report, such as \"forked\" and \"out_of_memory\", stands in net_meshos.h(3).")
	default:
		w.paragraph("What every call of this header can report stands in net_meshos_ext.h(3): of an SDK or a handle" +
			" that is NULL, invalid or consumed, a pointer that is NULL where one is needed, an id that is not" +
			" registered, and memory that there is none of.")
	}
}

// seeAlso names the calls that the comment and the example are about.
func (w *writer) seeAlso(h header, d declaration, e example) {
	w.section("SEE ALSO")
	names := append(mentioned.FindAllString(strings.Join(d.comment, " "), -1), e.shows...)
	names = slices.DeleteFunc(names, func(name string) bool { return name == d.name || !w.calls[name].isCall() })
	slices.Sort(names)
	names = append(slices.Compact(names), h.name)
	for i, name := range names {
		names[i] = `\fB` + escape(name) + `\fR(3)`
	}
	w.line(strings.Join(names, ",\n"))
}

// overview is the page of a header: its first comment, what is said of its sections,
// its types and constants, and a line for each call.
func (w *writer) overview(h header) string {
	w.begin(h.name, introduction(h), h.name)
	w.section("DESCRIPTION")
	for _, b := range understandAll(h.intro[1:]) {
		if isTitle(b.text) {
			w.section(strings.ToUpper(b.text))
		} else {
			w.blocks([]block{b})
		}
	}
	section := ""
	for _, d := range h.declarations {
		if d.section != section {
			section = d.section
			w.section(strings.ToUpper(section))
		}
		if d.isCall() {
			w.line(".TP\n" + `\fB` + escape(d.name) + `\fR(3)`)
			w.line(w.prose(understand(d.comment).brief()))
			continue
		}
		w.blocks(understandAll(d.comment))
		if len(d.code) > 0 {
			w.verbatim(d.code)
		}
	}
	return w.end()
}

// introduction is what the first line of a header says behind its name.
func introduction(h header) string {
	_, what, _ := strings.Cut(h.intro[0], ": ")
	return strings.TrimSuffix(what, ".")
}

// isTitle reports whether a paragraph is one of those that stand above others.
func isTitle(text string) bool {
	return text != "" && len(text) < 60 && !strings.ContainsAny(text, ".:")
}

// understandAll leaves errors where they stand.
func understandAll(lines []string) []block {
	var blocks []block
	for len(lines) > 0 {
		n := slices.Index(lines, "")
		if n < 0 {
			n = len(lines)
		}
		blocks = append(blocks, paragraphs(lines[:n])...)
		lines = lines[min(n+1, len(lines)):]
	}
	return blocks
}

// paragraphs are of lines without an empty one.
func paragraphs(lines []string) []block {
	var blocks []block
	for i := 0; i < len(lines); {
		from, kept := i, indentation(lines[i]) >= 2 || failureOf(lines[i]) != nil
		for i < len(lines) && kept == (indentation(lines[i]) >= 2 || failureOf(lines[i]) != nil) {
			i++
		}
		if kept {
			blocks = append(blocks, block{verbatim: lines[from:i]})
		} else {
			blocks = append(blocks, block{text: strings.Join(lines[from:i], " ")})
		}
	}
	return blocks
}

func (w *writer) begin(name, brief, header string) {
	w.Reset()
	w.line(fmt.Sprintf(`.TH %q 3 "" "libnet_meshos %s" "libnet_meshos"`, name, w.version))
	w.line(".SH NAME")
	w.line(escape(name) + ` \- ` + escape(brief))
	w.section("SYNOPSIS")
	w.line(".nf\n\\fB#include <" + escape(header) + ">\\fR\n.fi")
	w.line(".PP")
}

func (w *writer) end() string { return w.String() }
