//go:build unix

package regular

import "syscall"

// What open asks of the system: not to wait for the other end of a pipe, not to
// follow a link.
const (
	waitless = true
	noWait   = syscall.O_NONBLOCK
	noFollow = syscall.O_NOFOLLOW
)
