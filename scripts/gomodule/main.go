// Command gomodule writes the module of Go programs as a folder that the go command takes
// for a proxy: the packages in runtime/ and internal/, without their tests.
//
//	gomodule -out FOLDER -version VERSION
//
// The module's name, netmeshos, is no address, and the go command asks a proxy only for
// addresses. So the proxy has it at one that never is anybody's, as .internal is reserved,
// and a program replaces the one by the other: see bindings/go/README.md. The same sources
// make the same bytes; SOURCE_DATE_EPOCH is their date.
package main

import (
	"archive/zip"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const address = "netmeshos.internal"

func main() {
	out := flag.String("out", "", "the folder to write to")
	version := flag.String("version", "", "the module's version, without v")
	flag.Parse()
	if *out == "" || *version == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := write(filepath.Join(*out, address, "@v"), "v"+*version); err != nil {
		log.Fatal(err)
	}
}

func write(folder, version string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		return err
	}
	info := fmt.Sprintf("{\"Version\":%q,\"Time\":%q}\n", version, date().Format(time.RFC3339))
	for name, text := range map[string]string{"list": version + "\n", version + ".info": info, version + ".mod": string(mod)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return writeZip(filepath.Join(folder, version+".zip"), address+"@"+version+"/")
}

// date is the date of everything in the module.
func date() time.Time {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		seconds = 946684800
	}
	return time.Unix(seconds, 0).UTC()
}

func writeZip(path, prefix string) error {
	names := []string{"go.mod", "go.sum", "LICENSE"}
	for _, folder := range []string{"internal", "runtime"} {
		err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				names = append(names, filepath.ToSlash(path))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(file)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: prefix + name, Method: zip.Deflate, Modified: date()})
		if err != nil {
			return err
		}
		if _, err := entry.Write(text); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return file.Close()
}
