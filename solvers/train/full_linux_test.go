package train

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A limit on the size of files stands for a disk that is full.
func TestLoop_diskFull(t *testing.T) {
	dir := t.TempDir()
	interrupt(t, dir, 9)
	before := bits(t, dir, LastDir)

	func() {
		defer limitFiles(t, 1000)() // bytes; the weights need more
		f := open(t, dir)
		defer f.Close()
		l := newLoop(t, f, config{})
		if _, _, err := l.Resume(); err != nil {
			t.Fatal(err)
		}
		for l.Next(t.Context()) {
		}
		if err := l.Err(); !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "the one before is whole") || !strings.Contains(err.Error(), ModelFile) {
			t.Errorf("error %v", err)
		}
	}()
	if bits(t, dir, LastDir) != before {
		t.Error("the checkpoint before was changed")
	}
	whole := t.TempDir()
	finish(t, whole, config{})
	finish(t, dir, config{}) // room was made
	same(t, dir, whole)
	checkLog(t, dir)
}

// limitFiles limits the size of files to so many bytes until the function that
// it returns is called.
func limitFiles(t *testing.T, size uint64) (undo func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}

// The metrics go to a device that is always full.
func TestLoop_metricsFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	dir := t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(dir, metricsFile)); err != nil {
		t.Fatal(err)
	}
	f := open(t, dir)
	defer f.Close()
	l := newLoop(t, f, config{})
	for l.Next(t.Context()) {
	}
	if err := l.Err(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "log metrics") {
		t.Errorf("error %v", err)
	}
}
