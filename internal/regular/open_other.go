//go:build !unix

package regular

const (
	waitless = false
	noWait   = 0
	noFollow = 0
)
