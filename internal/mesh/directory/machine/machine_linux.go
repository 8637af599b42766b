package machine

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// Read reads the figures now. Disk figures are those of the file system that has path.
// Memory in use is what a new program could not have: caches don't count.
func Read(path string) Figures {
	f := Figures{Load: -1}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		f.Load = loadOf(text)
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		f.MemTotal, f.MemUsed = memoryOf(text)
	}
	var fs syscall.Statfs_t
	if syscall.Statfs(path, &fs) == nil && fs.Bsize > 0 {
		size := uint64(fs.Bsize)
		f.DiskTotal, f.DiskUsed = fs.Blocks*size, (fs.Blocks-min(fs.Bfree, fs.Blocks))*size
	}
	return f
}

// loadOf reads /proc/loadavg.
func loadOf(text []byte) float64 {
	first, _, _ := bytes.Cut(text, []byte(" "))
	load, err := strconv.ParseFloat(string(first), 64)
	if err != nil || !(load >= 0) {
		return -1
	}
	return load
}

// memoryOf reads /proc/meminfo, whose unit is KiB.
func memoryOf(text []byte) (total, used uint64) {
	var available uint64
	found := 0
	for line := range bytes.Lines(text) {
		for key, into := range map[string]*uint64{"MemTotal:": &total, "MemAvailable:": &available} {
			if rest, ok := bytes.CutPrefix(line, []byte(key)); ok {
				n, err := strconv.ParseUint(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 53)
				if err != nil {
					return 0, 0
				}
				*into = n << 10
				found++
			}
		}
		if found == 2 {
			return total, total - min(available, total)
		}
	}
	return 0, 0
}
