package driver

import (
	"strings"

	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
)

// notices are the patterns of what nodes tell each other: that a daemon is free, that a stream is there anew, or that the
// servers have no room.
func notices(names link.Names) []string {
	return []string{strings.Replace(release(names, 0), link.Hex(0), "*", 1), strings.Replace(remade(names, 0), link.Hex(0), "*", 1), full(names)}
}

func release(names link.Names, id uint64) string { return names.Do(id, "released") }

func (s *Set) released(subject string) (id uint64, verb string, ok bool) {
	kind, id, verb, ok := s.options.Names.ParseRequest(subject)
	return id, verb, ok && kind == "do"
}

func (s *Set) seeRelease(id uint64) {
	if d := s.Driver(id); d != nil {
		d.input(func(m *ownership.Machine) { m.Saw(ownership.Holder{}) })
	}
}
