package config

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	json "github.com/goccy/go-json"

	"netmeshos/internal/fault"
)

// parseMesh reads the object that is the value of "mesh". at is where an error is.
func parseMesh(text []byte, from, to int, show func([]byte) string) (m *Mesh, at int, err *fault.Error) {
	value := text[from:to]
	if value[0] != '{' {
		return nil, from, fault.New(fault.InvalidArgument, `%s must be an object, such as {"servers": ["nats://127.0.0.1:4222"]}, but is %s`, meshKey, show(value))
	}
	values, err := members(value)
	if err != nil {
		return nil, from, err
	}
	places, err := keyPlaces(text, from, to, meshKey+".")
	if err != nil {
		return nil, from, err
	}
	m = DefaultMesh()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := m.set(name, bytes.TrimSpace(values[name]), show); err != nil {
			return nil, places[name], err.err
		}
	}
	if _, wrong := completeMesh(*m); wrong != nil {
		if place, given := places[wrong.key]; given {
			from = place
		}
		return nil, from, wrong.err
	}
	return m, 0, nil
}

// set sets the field of a key to a value, which is JSON.
func (m *Mesh) set(name string, value []byte, show func([]byte) string) *badKey {
	full := meshKey + "." + name
	wrap := func(err *fault.Error) *badKey {
		if err == nil {
			return nil
		}
		return &badKey{name, err}
	}
	for _, k := range meshNumbers {
		if k.name == name {
			return wrap(number{name: full, max: k.max}.set(k.field(m), value, show))
		}
	}
	for _, k := range meshWords {
		if k.name == name {
			k.word.name = full
			return wrap(k.word.set(k.field(m), value, show))
		}
	}
	for _, k := range meshTexts {
		if k.name == name {
			return wrap(text{name: full}.set(k.field(m), value, show))
		}
	}
	for _, k := range meshLists {
		if k.name != name {
			continue
		}
		list := k.field(m)
		if value[0] != '[' || json.UnmarshalOf(value, list) != nil || bytes.Contains(value, []byte("null")) && slices.Contains(*list, "") {
			return bad(name, "must be an array of strings, but is %s", show(value))
		}
		return nil
	}
	return &badKey{name, fault.New(fault.InvalidArgument, "the configuration has no key %q; the nearest of %s are %s", fault.Shorten(full), meshKey, nearest(name, meshKeyNames()))}
}

// json returns the mesh as JSON, without what URLs have of passwords and tokens.
func (m *Mesh) json() []byte {
	shown := *m
	shown.Servers = make([]string, len(m.Servers))
	for i, s := range m.Servers {
		shown.Servers[i] = withoutUser(s)
	}
	var parts []string
	add := func(name string, value any) {
		one, _ := json.Marshal(value) // strings and numbers can't fail
		parts = append(parts, fmt.Sprintf("%q:%s", name, one))
	}
	for _, k := range meshLists {
		add(k.name, append([]string{}, *k.field(&shown)...))
	}
	for _, k := range meshTexts {
		add(k.name, *k.field(&shown))
	}
	for _, k := range meshNumbers {
		add(k.name, *k.field(&shown))
	}
	for _, k := range meshWords {
		add(k.name, *k.field(&shown))
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

// withoutUser returns a URL without what stands before an @.
func withoutUser(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	if !found {
		scheme, rest = "", url
	} else {
		scheme += "://"
	}
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	if path != "" {
		path = "/" + path
	}
	return scheme + authority + path
}
