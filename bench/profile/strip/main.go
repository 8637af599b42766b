// Command strip makes of a CPU profile what the compiler needs of it: which
// function calls which from where, and how often. What tells of the machine that
// it was taken on is left out.
//
//	strip IN OUT
package main

import (
	"fmt"
	"os"

	"github.com/google/pprof/profile"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: strip IN OUT")
		os.Exit(2)
	}
	if err := strip(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "strip:", err)
		os.Exit(1)
	}
}

func strip(in, out string) error {
	from, err := os.Open(in)
	if err != nil {
		return err
	}
	defer from.Close()
	p, err := profile.Parse(from)
	if err != nil {
		return err
	}
	p.Mapping, p.Comments, p.TimeNanos, p.DurationNanos = nil, nil, 0, 0
	for _, l := range p.Location {
		l.Mapping, l.Address = nil, 0
	}
	for _, f := range p.Function {
		f.Filename, f.SystemName = "", f.Name
	}
	for _, s := range p.Sample {
		s.Label, s.NumLabel, s.NumUnit = nil, nil, nil
	}
	if p, err = profile.Merge([]*profile.Profile{p}); err != nil { // what is the same now becomes one
		return err
	}
	to, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := p.Write(to); err != nil {
		return err
	}
	return to.Close()
}
