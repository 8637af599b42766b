package main

import (
	"slices"
	"strings"
	"testing"
)

const small = `/*
 * x.h: what it is for.
 *
 * TITLE
 *
 * Words.
 */
#ifndef X_H
#define X_H

#include <stddef.h>

/* ---- Starting ---------- */

#define NET_MESHOS_OK (0) /* fine */

/* What it is. */
typedef struct {
    int n; /* how many; no more */
} NetMeshOsThing;

/*
 * Does it, after net_meshos_other() is over. Text with a \ in it.
 *
 *   a  what stands
 *      like this
 *
 * -2 not_found        there is
 *                     none
 * -3 invalid_argument what: a NULL
 *
 * and those of others.
 */
int net_meshos_do(const NetMeshOsThing *thing,
                  size_t n);

/* Ends it. -2 gone: it is over. */
void net_meshos_other(void);

#endif
`

const program = `/* net_meshos_do and net_meshos_other: both of
 * them. */
int main(void) {
    net_meshos_do(0, 1);
    net_meshos_other();
}

/* It prints:
nothing
*/
`

func parsed(t *testing.T) (header, map[string]example) {
	t.Helper()
	h, err := parseHeader("x.h", small)
	if err != nil {
		t.Fatal(err)
	}
	e, err := parseExample("both.c", program)
	if err != nil {
		t.Fatal(err)
	}
	return h, map[string]example{"net_meshos_do": e, "net_meshos_other": e}
}

func TestHeader(t *testing.T) {
	h, _ := parsed(t)
	var names []string
	for _, d := range h.declarations {
		names = append(names, d.section+" "+d.name+" "+d.code[0])
	}
	want := []string{
		"Starting  #define NET_MESHOS_OK (0) /* fine */",
		"Starting  typedef struct {",
		"Starting net_meshos_do int net_meshos_do(const NetMeshOsThing *thing,",
		"Starting net_meshos_other void net_meshos_other(void);",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the declarations are %q", names)
	}
	if introduction(h) != "what it is for" {
		t.Errorf("it is introduced by %q", introduction(h))
	}
}

func TestPage(t *testing.T) {
	h, examples := parsed(t)
	pages, err := pagesOf([]header{h}, examples, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		`.TH "net_meshos_do" 3 "" "libnet_meshos 1.2.3" "libnet_meshos"`,
		`net_meshos_do \- does it, after net_meshos_other() is over`,
		"int net_meshos_do(const NetMeshOsThing *thing,\n                  size_t n);\n.fi",
		`Does it, after \fBnet_meshos_other\fR(3) is over. Text with a \e in it.`,
		".nf\n  a  what stands\n     like this\n.fi",
		".TP\n\\fB\\-2 not_found\\fR\nthere is none\n",
		".TP\n\\fB\\-3 invalid_argument\\fR\nwhat: a NULL\n.PP\nand those of others.\n",
		".SH EXAMPLE\n.PP\nBoth of them. ",
		"    net_meshos_other();\n}\n\n/* It prints:\nnothing\n*/\n",
		".SH SEE ALSO\n\\fBnet_meshos_other\\fR(3),\n\\fBx.h\\fR(3)\n",
	} {
		if !strings.Contains(pages["net_meshos_do"], words) {
			t.Errorf("the page lacks %q:\n%s", words, pages["net_meshos_do"])
		}
	}
	if !strings.Contains(pages["net_meshos_other"], "It can't fail.") {
		t.Errorf("a call without arguments can fail:\n%s", pages["net_meshos_other"])
	}
	if !strings.Contains(pages["net_meshos_other"], ".TP\n\\fB\\-2 gone\\fR\nit is over.\n") {
		t.Errorf("an error in a sentence is not listed:\n%s", pages["net_meshos_other"])
	}
	for _, words := range []string{".SH TITLE\n.PP\nWords.", "    int n; /* how many; no more */", `\fBnet_meshos_do\fR(3)`} {
		if !strings.Contains(pages["x.h"], words) {
			t.Errorf("the header's page lacks %q:\n%s", words, pages["x.h"])
		}
	}
}

func TestCallWithoutExample(t *testing.T) {
	h, examples := parsed(t)
	delete(examples, "net_meshos_other")
	if _, err := pagesOf([]header{h}, examples, ""); err == nil || !strings.Contains(err.Error(), "net_meshos_other has no example") {
		t.Errorf("the error is %v", err)
	}
}

func TestExampleOfNoCall(t *testing.T) {
	h, examples := parsed(t)
	examples["net_meshos_gone"] = examples["net_meshos_do"]
	if _, err := pagesOf([]header{h}, examples, ""); err == nil || !strings.Contains(err.Error(), "no header declares") {
		t.Errorf("the error is %v", err)
	}
}

func TestExampleIsRefused(t *testing.T) {
	cases := map[string]struct{ from, to, words string }{
		"no comment":       {"/* net_meshos_do", "int n; /* net_meshos_do", "does not begin with a comment"},
		"names none":       {"/* net_meshos_do and net_meshos_other: both of\n * them. */", "/* Both. */", "names no call"},
		"does not call it": {"    net_meshos_other();", "    /* net_meshos_other() */", "does not call it"},
		"prints nothing":   {"It prints", "It says", "what it prints"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parseExample("x.c", strings.Replace(program, c.from, c.to, 1))
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// A name's line is short where it can be, and has no half of a parenthesis.
func TestBrief(t *testing.T) {
	for text, want := range map[string]string{
		"Frees it; more.":                          "frees it",
		"Stops it or grace_ms (0: 5,000) are over": "stops it or grace_ms",
		"SHUTDOWN is sent. More.":                  "SHUTDOWN is sent",
		"Takes " + strings.Repeat("a long ", 12) + "way, where it need not": "takes " + strings.Repeat("a long ", 12) + "way",
	} {
		if got := understand([]string{text}).brief(); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
}
