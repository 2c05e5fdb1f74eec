//go:build unix

package download_test

import "syscall"

func pipe(path, _ string) error { return syscall.Mkfifo(path, 0o600) }
