// Package gotests tests the runtime as a program of somebody else's uses it. It
// is a module of its own, so that what only tests need is no requirement of the
// library's.
package gotests
