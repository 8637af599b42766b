package place

import "testing"

func TestOf(t *testing.T) {
	const text = "ab\né€\n\nx"
	for at, want := range map[int][2]int{
		0: {1, 1}, 1: {1, 2}, 2: {1, 3}, // the end of a line belongs to it
		3: {2, 1}, 5: {2, 2}, 8: {2, 3},
		9: {3, 1}, 10: {4, 1}, 11: {4, 2}, // the end of the text
	} {
		if line, column := Of([]byte(text), at); line != want[0] || column != want[1] {
			t.Errorf("%d is at %d:%d, want %v", at, line, column, want)
		}
	}
}
