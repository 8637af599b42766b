//go:build !unix

package host

// usageNow says that the process uses no processor.
func usageNow() usage { return usage{} }
