package config

import (
	"cmp"
	"slices"
	"strings"
)

// mostNearest is how many keys a message names beside one that there isn't. All of them would
// hide the one that was meant.
const mostNearest = 3

// nearest returns the keys that are most like a name, for messages: the most likely first.
func nearest(name string, keys []string) string {
	const longest = 64 // no key is longer
	name = name[:min(len(name), longest)]
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(name, a), distance(name, b)), cmp.Compare(a, b))
	})
	return strings.Join(keys[:min(len(keys), mostNearest)], ", ")
}

// distance is how many bytes must be added, removed or replaced to make one text the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // from what was read of a to each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
