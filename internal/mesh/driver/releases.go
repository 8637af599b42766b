package driver

import (
	"strings"

	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
)

// releases is the pattern of the notices that a daemon is free.
func releases(names link.Names) string {
	return strings.Replace(release(names, 0), link.Hex(0), "*", 1)
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
