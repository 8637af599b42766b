//go:build !unix

package config

// openAtOnce is nothing here, where no path to a file leads to a pipe that would wait.
const openAtOnce = 0
