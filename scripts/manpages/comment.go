package main

import (
	"regexp"
	"strings"
)

// said is what the comment of a call says, taken to pieces.
type said struct {
	description []block
	errors      []failure
	after       []string // what is said of errors below them
}

// block is a paragraph, or lines that stay as they are.
type block struct {
	text     string
	verbatim []string
}

// failure is one of the errors of a call.
type failure struct {
	before string // what is said above it, or nothing
	status string // empty for a call that returns none
	kind   string
	when   string
}

var (
	failureLine = regexp.MustCompile(`^( *)(?:(-[1-4]) )([a-z_]+)(:?) +(.*)$`)
	kindLine    = regexp.MustCompile(`^( +)()([a-z]+_[a-z]+)() {2,}((?:the )?handle is .*)$`)
	inSentence  = regexp.MustCompile(`(-[1-4]) ([a-z_]+): ([^.]*\.)`)
	sentenceEnd = regexp.MustCompile(`[.;:]( |$)`)
	spaces      = regexp.MustCompile(`\s+`)
)

// briefMost is how long the line below a page's name may be that is made shorter where
// it can be.
const briefMost = 80

func failureOf(line string) []string {
	if found := failureLine.FindStringSubmatch(line); found != nil {
		return found
	}
	return kindLine.FindStringSubmatch(line)
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// understand reads a comment.
func understand(lines []string) said {
	var s said
	for i := 0; i < len(lines); {
		switch line := lines[i]; {
		case line == "":
			i++
		case failureOf(line) != nil:
			i = s.failures(lines, i)
		case indentation(line) >= 2:
			from := i
			for i < len(lines) && (indentation(lines[i]) >= 2 && failureOf(lines[i]) == nil) {
				i++
			}
			s.description = append(s.description, block{verbatim: lines[from:i]})
		default:
			i = s.paragraph(lines, i)
		}
	}
	return s
}

// failures reads an error and those that follow it at once.
func (s *said) failures(lines []string, i int) int {
	before := ""
	// A sentence that ends in a colon speaks of them, as long as it is not all that is said.
	if last := len(s.description) - 1; last > 0 && strings.HasSuffix(s.description[last].text, ":") {
		text := s.description[last].text
		begin := strings.LastIndex(text, ". ") + 1
		before = strings.TrimSpace(text[begin:])
		s.description[last].text = text[:begin]
		if begin == 0 {
			s.description = s.description[:last]
		}
	}
	for i < len(lines) {
		found := failureOf(lines[i])
		if found == nil {
			break
		}
		f := failure{before, found[2], found[3], found[5]}
		before = ""
		sentence := found[4] == ":"
		for i++; i < len(lines) && lines[i] != "" && failureOf(lines[i]) == nil; i++ {
			if !sentence && indentation(lines[i]) <= len(found[1]) {
				break
			}
			f.when += " " + strings.TrimSpace(lines[i])
		}
		s.errors = append(s.errors, f)
	}
	return i
}

// paragraph reads one, with the error that a sentence of it may name.
func (s *said) paragraph(lines []string, i int) int {
	from := i
	for i < len(lines) && lines[i] != "" && indentation(lines[i]) < 2 && (i == from || failureOf(lines[i]) == nil) {
		i++
	}
	text := spaces.ReplaceAllString(strings.Join(lines[from:i], " "), " ")
	if strings.HasPrefix(text, "and ") && len(s.errors) > 0 {
		s.after = append(s.after, text)
		return i
	}
	for _, found := range inSentence.FindAllStringSubmatch(text, -1) {
		s.errors = append(s.errors, failure{"", found[1], found[2], found[3]})
		text = strings.TrimSpace(strings.Replace(text, found[0], "", 1))
	}
	s.description = append(s.description, block{text: text})
	return i
}

// brief is the first sentence, or as much of it as makes sense alone.
func (s said) brief() string {
	if len(s.description) == 0 {
		return ""
	}
	text := s.description[0].text
	if end := sentenceEnd.FindStringIndex(text); end != nil {
		text = text[:end[0]]
	}
	if open := strings.LastIndex(text, " ("); open > 0 && !strings.Contains(text[open:], ")") {
		text = text[:open]
	}
	if comma := strings.LastIndex(text, ", "); comma > 0 && len(text) > briefMost {
		text = text[:comma]
	}
	if len(text) > 1 && strings.ToUpper(text[1:2]) != text[1:2] {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return text
}
