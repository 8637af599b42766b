// Command gomodule writes the module of Go programs as a folder that the go command takes
// for a proxy: the packages in runtime/ and internal/, without their tests.
//
//	gomodule -out FOLDER -version VERSION
//
// In the sources the module is called netmeshos, which is no address, and the go command
// asks a proxy only for addresses. So it gets one that never is anybody's, as .internal is
// reserved, and what it imports of itself is written anew. The same sources make the same
// bytes; SOURCE_DATE_EPOCH is their date.
package main

import (
	"archive/zip"
	"bytes"
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

const (
	name    = "netmeshos"
	address = "netmeshos.internal"
)

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
	mod, err := read("go.mod")
	if err != nil {
		return err
	}
	info := fmt.Sprintf("{\"Version\":%q,\"Time\":%q}\n", version, date().Format(time.RFC3339))
	for file, text := range map[string]string{"list": version + "\n", version + ".info": info, version + ".mod": string(mod)} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return writeZip(filepath.Join(folder, version+".zip"), address+"@"+version+"/")
}

// read returns a file as it is in the module: with its address.
func read(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch {
	case path == "go.mod":
		module := []byte("module " + name + "\n")
		if !bytes.HasPrefix(text, module) {
			return nil, fmt.Errorf("go.mod doesn't begin with %q", module)
		}
		text = append([]byte("module "+address+"\n"), text[len(module):]...)
	case strings.HasSuffix(path, ".go"):
		text = bytes.ReplaceAll(text, []byte(`"`+name+`/`), []byte(`"`+address+`/`))
	}
	return text, nil
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
	for _, path := range names {
		text, err := read(path)
		if err != nil {
			return err
		}
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: prefix + path, Method: zip.Deflate, Modified: date()})
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
