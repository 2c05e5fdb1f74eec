package regular

import (
	"io"
	"io/fs"
	"os"

	"github.com/pkg/errors"
)

// Errors of this package, to be tested with errors.Is.
var (
	// ErrKind is the cause of the error for what is no regular file.
	ErrKind = errors.New("not a regular file")
	// ErrLong is the cause of the error for a file that is longer than it may be.
	ErrLong = errors.New("too long a file")
)

// Open opens a regular file for reading. Links are followed.
func Open(path string) (*os.File, error) {
	return open(path, os.O_RDONLY, 0)
}

// OpenToWrite opens a regular file for reading and writing and makes it where
// there is none. A link is not followed: it could lead to any file.
func OpenToWrite(path string, perm fs.FileMode) (*os.File, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	case err != nil:
		return nil, errors.WithStack(err)
	case !info.Mode().IsRegular():
		return nil, refuse(path, info)
	}
	return open(path, os.O_RDWR|noFollow, 0)
}

// ReadFile returns what is in a regular file of at most so many bytes.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if info.Size() > most {
		return nil, errors.Wrapf(ErrLong, "%s has %d bytes, expected at most %d", path, info.Size(), most)
	}
	b, err := io.ReadAll(io.LimitReader(f, most+1)) // it may grow
	if err == nil && int64(len(b)) > most {
		return nil, errors.Wrapf(ErrLong, "%s has more than %d bytes", path, most)
	}
	return b, errors.WithStack(err)
}

func open(path string, flag int, perm fs.FileMode) (*os.File, error) {
	if !waitless { // what cannot be opened without waiting is looked at before
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			return nil, refuse(path, info)
		}
	}
	f, err := os.OpenFile(path, flag|noWait, perm)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = refuse(path, info)
	}
	if err != nil {
		_ = f.Close()
		return nil, errors.WithStack(err)
	}
	return f, nil
}

func refuse(path string, info fs.FileInfo) error {
	what := "of type " + info.Mode().Type().String()
	switch {
	case info.IsDir():
		what = "a folder"
	case info.Mode()&fs.ModeSymlink != 0:
		what = "a link"
	case info.Mode()&fs.ModeNamedPipe != 0:
		what = "a pipe"
	case info.Mode()&fs.ModeDevice != 0:
		what = "a device"
	}
	return errors.Wrapf(ErrKind, "%s is %s", path, what)
}
