// Command sbom writes what a library is made of, as SPDX 2.3 in JSON, to standard
// output, and copies the licences of its parts into a folder. It takes both from the
// library itself, where Go's linker has noted the modules, and from Go's cache.
//
//	sbom -name NAME -version VERSION -library FILE -licences FOLDER
//
// The document's date is SOURCE_DATE_EPOCH, so that the same library has the same
// document.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

func main() {
	name := flag.String("name", "", "the document's name")
	version := flag.String("version", "", "the library's version")
	library := flag.String("library", "", "the library")
	licences := flag.String("licences", "", "the folder for the licences' texts")
	flag.Parse()
	if err := run(*name, *version, *library, *licences); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(name, version, library, licences string) error {
	date, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	content, err := os.ReadFile(library)
	if err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(library)
	if err != nil {
		return err
	}
	parts, err := partsOf(info)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(licences); err != nil {
		return err
	}
	for _, p := range parts {
		if err := copyLicence(p, licences); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(content)
	text, err := document(name, library, version, hex.EncodeToString(sum[:]), time.Unix(date, 0).UTC(), parts)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}

func copyLicence(p part, folder string) error {
	to := filepath.Join(folder, p.fileName())
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, p.licenceText, 0o644)
}
