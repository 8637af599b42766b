// Package gotests tests the runtime from outside, as another program uses it. It is a
// module of its own, so that the library doesn't require what only tests need.
package gotests
