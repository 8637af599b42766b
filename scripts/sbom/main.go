// Command sbom writes what a product is made of, as SPDX 2.3 in JSON, to standard
// output, and copies the licences of its parts into a folder. It takes both from the
// product itself, where Go's linker has noted the modules, and from Go's cache.
//
//	sbom -name NAME -version VERSION -product FILE -licences FOLDER [-what WHAT] [-module FOLDER]
//	     [-package FILE] [-needs PURL=LICENCE]
//	sbom -source PACKAGE -licences FOLDER
//
// With -package the document is about that file, which has the product inside. With
// -source there is no document: the licences are those of what a build of that package
// would have in it, for an archive doesn't tell.
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

// subject is what a document is about.
type subject struct {
	name    string // the document's
	what    string // it is called
	version string
	file    string
	sum     string // its SHA-256
	needs   string // PURL=LICENCE: what a package asks for when it is installed
}

func main() {
	var s subject
	flag.StringVar(&s.name, "name", "", "the document's name")
	flag.StringVar(&s.what, "what", "libnet_meshos", "the product's name")
	flag.StringVar(&s.version, "version", "", "the product's version")
	flag.StringVar(&s.needs, "needs", "", "what the package needs from elsewhere: its purl, =, its licence")
	product := flag.String("product", "", "the product, built by Go")
	module := flag.String("module", ".", "the folder of the module that it was built of")
	flag.StringVar(&s.file, "package", "", "the file that has the product inside, if it isn't the product")
	source := flag.String("source", "", "the package whose parts' licences are wanted, and no document")
	licences := flag.String("licences", "", "the folder for the licences' texts")
	flag.Parse()
	var err error
	if *source != "" {
		err = licencesOf(*source, *module, *licences)
	} else {
		err = run(s, *product, *module, *licences)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(s subject, product, module, licences string) error {
	date, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	if s.file == "" {
		s.file = product
	}
	content, err := os.ReadFile(s.file)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	s.sum = hex.EncodeToString(sum[:])
	info, err := buildinfo.ReadFile(product)
	if err != nil {
		return err
	}
	parts, err := partsOf(info, module)
	if err != nil {
		return err
	}
	if err := copyLicences(parts, licences); err != nil {
		return err
	}
	text, err := document(s, time.Unix(date, 0).UTC(), parts)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}

func licencesOf(source, module, licences string) error {
	info, err := wouldHave(source, module)
	if err != nil {
		return err
	}
	parts, err := partsOf(info, module)
	if err != nil {
		return err
	}
	return copyLicences(parts, licences)
}

// copyLicences makes the folder anew.
func copyLicences(parts []part, folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	for _, p := range parts {
		if err := copyLicence(p, folder); err != nil {
			return err
		}
	}
	return nil
}

func copyLicence(p part, folder string) error {
	to := filepath.Join(folder, p.fileName())
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, p.licenceText, 0o644)
}
