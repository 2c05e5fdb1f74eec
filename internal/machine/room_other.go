//go:build !linux

package machine

// Room returns the most bytes that this process could take at once; known is
// false where nothing is known, as here.
func Room() (bytes int, known bool) { return 0, false }
