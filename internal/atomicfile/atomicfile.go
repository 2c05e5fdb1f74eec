package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

const (
	bufferSize = 1 << 16
	suffix     = ".tmp"
)

// Write replaces the file path by what write sends to its argument. When write
// or the disk fails, the previous file is untouched, nothing is left behind,
// and the error names path. The folder must exist; the mode of an existing
// file is kept. Several processes may write one path: the last rename wins.
func Write(path string, write func(io.Writer) error) error {
	return errors.Wrapf(replace(path, write), "write %s", path)
}

// WriteBytes replaces the file path by data.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func replace(path string, write func(io.Writer) error) error {
	mode := fs.FileMode(0o666)
	keep := false
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return errors.Errorf("is %s, expected a regular file", kind(info))
		}
		mode, keep = info.Mode().Perm(), true
	}
	sweep(path)
	f, err := create(path, mode)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		// After the rename the name is free and another writer may use it.
		if !done {
			discard(f)
		}
	}()
	if keep {
		// The umask may have taken bits away. Where a mode cannot be set, the
		// contents still matter more.
		_ = f.Chmod(mode)
	}
	w := bufio.NewWriterSize(f, bufferSize)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return errors.WithStack(err)
	}
	if err := f.Sync(); err != nil {
		return errors.WithStack(err)
	}
	done, err = commit(f, path)
	return err
}

func kind(info fs.FileInfo) string {
	if info.IsDir() {
		return "a folder"
	}
	return "of type " + info.Mode().Type().String()
}

// create opens a hidden file beside path and marks it as in use.
func create(path string, mode fs.FileMode) (*os.File, error) {
	for n := 0; ; n++ {
		temp := filepath.Join(filepath.Dir(path), fmt.Sprintf("%s%d-%d%s", prefix(path), os.Getpid(), n, suffix))
		f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, errors.WithStack(err)
		}
		if claim(f) {
			return f, nil
		}
		// Another writer swept the file between its creation and its claim.
		_ = f.Close()
	}
}

// sweep removes the hidden files of path that no process holds. It is a
// courtesy: what cannot be removed does not stop the write.
func sweep(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.Type().IsRegular() && leftover(e.Name(), prefix(path)) {
			removeUnused(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

func prefix(path string) string { return "." + filepath.Base(path) + "." }

// leftover reports whether name is prefix, two numbers joined by "-", suffix.
func leftover(name, prefix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return false
	}
	if rest, ok = strings.CutSuffix(rest, suffix); !ok {
		return false
	}
	pid, n, ok := strings.Cut(rest, "-")
	return ok && digits(pid) && digits(n)
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
