// A library that does nothing, for an object of Go's linker.
package main

import "C"

func main() {}
