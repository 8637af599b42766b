package main

import (
	"fmt"
	"path/filepath"
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
	libraryID   = "SPDXRef-library"
)

// document describes the library and what it contains. sum is the library's
// SHA-256.
func document(name, library, version, sum string, date time.Time, parts []part) ([]byte, error) {
	d := spdx{
		Version:     "SPDX-2.3",
		DataLicense: "CC0-1.0",
		ID:          documentID,
		Name:        name,
		Namespace:   fmt.Sprintf("https://spdx.org/spdxdocs/%s-%s", name, sum),
		Creation:    creation{date.Format(time.RFC3339), []string{"Tool: net_meshos-sbom-" + version}},
		Packages: []spdxPackage{{
			ID: libraryID, Name: "libnet_meshos", Version: version, FileName: filepath.Base(library),
			DownloadLocation: noAssertion, Checksums: []checksum{{"SHA256", sum}},
			Concluded: "Apache-2.0", Declared: "Apache-2.0", Copyright: noAssertion,
		}},
		Relationships: []relationship{{documentID, "DESCRIBES", libraryID}},
	}
	for i, p := range parts {
		id := fmt.Sprintf("SPDXRef-part-%d", i)
		one := spdxPackage{
			ID: id, Name: p.name, Version: p.version, DownloadLocation: noAssertion,
			Concluded: p.licence, Declared: p.licence, Copyright: noAssertion,
			References: []reference{{"PACKAGE-MANAGER", "purl", p.purl()}},
		}
		if p.sum != "" {
			one.Comment = "go.sum: " + p.sum
		}
		d.Packages = append(d.Packages, one)
		d.Relationships = append(d.Relationships, relationship{libraryID, "CONTAINS", id})
	}
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}
