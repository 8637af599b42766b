package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-json"
)

// The parts of SPDX 2.3 that are needed here.
type (
	spdx struct {
		Version       string         `json:"spdxVersion"`
		DataLicense   string         `json:"dataLicense"`
		ID            string         `json:"SPDXID"`
		Name          string         `json:"name"`
		Namespace     string         `json:"documentNamespace"`
		Creation      creation       `json:"creationInfo"`
		Packages      []spdxPackage  `json:"packages"`
		Relationships []relationship `json:"relationships"`
	}
	creation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		ID               string      `json:"SPDXID"`
		Name             string      `json:"name"`
		Version          string      `json:"versionInfo"`
		FileName         string      `json:"packageFileName,omitempty"`
		DownloadLocation string      `json:"downloadLocation"`
		FilesAnalyzed    bool        `json:"filesAnalyzed"`
		Checksums        []checksum  `json:"checksums,omitempty"`
		Concluded        string      `json:"licenseConcluded"`
		Declared         string      `json:"licenseDeclared"`
		Copyright        string      `json:"copyrightText"`
		Comment          string      `json:"comment,omitempty"`
		References       []reference `json:"externalRefs,omitempty"`
	}
	checksum struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"checksumValue"`
	}
	reference struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	relationship struct {
		Element string `json:"spdxElementId"`
		Type    string `json:"relationshipType"`
		Related string `json:"relatedSpdxElement"`
	}
)

const (
	noAssertion = "NOASSERTION"
	documentID  = "SPDXRef-DOCUMENT"
	subjectID   = "SPDXRef-subject"
)

// document describes the subject and what it contains.
func document(s subject, date time.Time, parts []part) ([]byte, error) {
	d := spdx{
		Version:     "SPDX-2.3",
		DataLicense: "CC0-1.0",
		ID:          documentID,
		Name:        s.name,
		Namespace:   fmt.Sprintf("https://spdx.org/spdxdocs/%s-%s", s.name, s.sum),
		Creation:    creation{date.Format(time.RFC3339), []string{"Tool: net_meshos-sbom-" + s.version}},
		Packages: []spdxPackage{{
			ID: subjectID, Name: s.what, Version: s.version, FileName: filepath.Base(s.file),
			DownloadLocation: noAssertion, Checksums: []checksum{{"SHA256", s.sum}},
			Concluded: "Apache-2.0", Declared: "Apache-2.0", Copyright: noAssertion,
		}},
		Relationships: []relationship{{documentID, "DESCRIBES", subjectID}},
	}
	add := func(relation string, one spdxPackage, purl string) {
		one.DownloadLocation, one.Concluded, one.Copyright = noAssertion, one.Declared, noAssertion
		one.References = []reference{{"PACKAGE-MANAGER", "purl", purl}}
		d.Packages = append(d.Packages, one)
		d.Relationships = append(d.Relationships, relationship{subjectID, relation, one.ID})
	}
	for i, p := range parts {
		one := spdxPackage{ID: fmt.Sprintf("SPDXRef-part-%d", i), Name: p.name, Version: p.version, Declared: p.licence}
		if p.sum != "" {
			one.Comment = "go.sum: " + p.sum
		}
		add("CONTAINS", one, p.purl())
	}
	if s.needs != "" {
		purl, licence, _ := strings.Cut(s.needs, "=")
		path, version, _ := strings.Cut(purl, "@")
		add("DEPENDS_ON", spdxPackage{ID: "SPDXRef-needed", Name: path[strings.LastIndex(path, "/")+1:], Version: version, Declared: licence}, purl)
	}
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}
