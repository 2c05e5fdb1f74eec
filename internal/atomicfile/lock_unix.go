//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"os"
	"path/filepath"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// claim locks f until it is closed, also by the death of the process. It is
// false when another writer sweeps f at this moment or has removed it. A file
// system without locks counts as claimed: its leftovers are not swept either.
func claim(f *os.File) bool {
	if err := lock(f); err != nil {
		return !errors.Is(err, unix.EWOULDBLOCK)
	}
	return inPlace(f)
}

// inPlace reports whether the name of f still stands for f.
func inPlace(f *os.File) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(f.Name())
	return err == nil && os.SameFile(held, named)
}

// removeUnused removes temp unless a process holds its lock.
func removeUnused(temp string) {
	f, err := os.OpenFile(temp, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	// Between the opening and the lock its writer may have renamed the file,
	// and another writer may have taken the name.
	if lock(f) == nil && inPlace(f) {
		_ = os.Remove(temp)
	}
}

// commit renames f to path while the lock is held, then makes the rename
// itself durable. It reports whether the rename took place.
func commit(f *os.File, path string) (bool, error) {
	if err := os.Rename(f.Name(), path); err != nil {
		return false, errors.WithStack(err)
	}
	if err := f.Close(); err != nil {
		return true, errors.WithStack(err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return true, nil // a folder may be writable without being readable
	}
	defer func() { _ = dir.Close() }()
	// Some file systems refuse to sync a folder; the file is in place anyway.
	_ = dir.Sync()
	return true, nil
}

// discard removes f while the lock is held.
func discard(f *os.File) {
	_ = os.Remove(f.Name())
	_ = f.Close()
}

func lock(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
