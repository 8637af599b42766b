// Package amount says how many of something there are, for people.
package amount

import "fmt"

// Of returns "1 event" or "2 events".
func Of[N int | int64 | uint64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// Verb returns one for an amount of 1, and many for any other: "was", "were".
func Verb[N int | int64 | uint64](n N, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
