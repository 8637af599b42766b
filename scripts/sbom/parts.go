package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// part is something that others have written and the library contains.
type part struct {
	name, version string
	sum           string // of the module, in Go's words; empty for Go itself
	licence       string // SPDX's identifier
	licenceText   []byte
}

func (p part) fileName() string { return strings.ReplaceAll(p.name, "/", "_") + ".txt" }

// purl names the part in the words of package-url.
func (p part) purl() string {
	if p.sum == "" {
		return "pkg:golang/std@" + strings.TrimPrefix(p.version, "go")
	}
	return "pkg:golang/" + p.name + "@" + p.version
}

// partsOf lists Go's own library and each module that others have written. module is
// the folder that the product was built of.
func partsOf(info *buildinfo.BuildInfo, module string) ([]part, error) {
	root, err := output(goCommand(), "-C", module, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	parts := []part{{name: "go", version: info.GoVersion}}
	if err := parts[0].readLicence(root); err != nil {
		return nil, err
	}
	for _, m := range info.Deps {
		if m.Replace != nil && strings.HasPrefix(m.Replace.Path, ".") {
			continue // a folder of this project
		}
		p := part{name: m.Path, version: m.Version, sum: m.Sum}
		folder, err := output(goCommand(), "-C", module, "list", "-m", "-f", "{{.Dir}}", m.Path)
		if err != nil {
			return nil, err
		}
		if err := p.readLicence(folder); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// wouldHave tells what the linker would note in a build of a package, as far as partsOf
// asks for it.
func wouldHave(source, module string) (*buildinfo.BuildInfo, error) {
	version, err := output(goCommand(), "-C", module, "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	list, err := output(goCommand(), "-C", module, "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", source)
	if err != nil {
		return nil, err
	}
	info := &buildinfo.BuildInfo{GoVersion: version}
	lines := strings.Split(list, "\n")
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		if path, version, ok := strings.Cut(line, " "); ok {
			info.Deps = append(info.Deps, &debug.Module{Path: path, Version: version})
		}
	}
	return info, nil
}

// goCommand is the go that the scripts use, too.
func goCommand() string {
	if name := os.Getenv("GO"); name != "" {
		return name
	}
	return "go"
}

func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (p *part) readLicence(folder string) error {
	for _, name := range []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			continue
		}
		p.licenceText = text
		if p.licence = identify(text); p.licence == "" {
			return fmt.Errorf("the licence of %s in %s/%s is none that is known", p.name, folder, name)
		}
		return nil
	}
	return fmt.Errorf("%s has no licence in %q", p.name, folder)
}

// identify tells a licence by a sentence of it.
func identify(text []byte) string {
	words := bytes.Join(bytes.Fields(text), []byte(" "))
	has := func(sentence string) bool { return bytes.Contains(words, []byte(sentence)) }
	switch {
	case has("Redistribution and use in source and binary forms"):
		if has("Neither the name") {
			return "BSD-3-Clause"
		}
		return "BSD-2-Clause"
	case has("Permission is hereby granted, free of charge, to any person obtaining a copy"):
		return "MIT"
	case has("Apache License Version 2.0"):
		return "Apache-2.0"
	}
	return ""
}
