//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"os"
	"runtime"

	"github.com/pkg/errors"
)

// claim has nothing to do: on Windows an open file cannot be removed, which is
// the lock; elsewhere nothing is swept.
func claim(*os.File) bool { return true }

func removeUnused(temp string) {
	if runtime.GOOS == "windows" {
		_ = os.Remove(temp)
	}
}

// commit closes f first, because an open file cannot be renamed on Windows. It
// reports whether the rename took place.
func commit(f *os.File, path string) (bool, error) {
	if err := f.Close(); err != nil {
		return false, errors.WithStack(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return false, errors.WithStack(err)
	}
	return true, nil
}

// discard closes f first, because an open file cannot be removed on Windows.
func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name())
}
