//go:build !unix

package actor

// usageNow says that the process uses no processor.
func usageNow() usage { return usage{} }
