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

	c := start(dir)
	c.Env = append(c.Env, limitEnv+"=1000") // bytes; the weights need more
	out, err := c.CombinedOutput()
	if err == nil {
		t.Fatalf("the run went on: %s", out)
	}
	for _, want := range []string{syscall.EFBIG.Error(), "the one before is whole", ModelFile} {
		if !strings.Contains(string(out), want) {
			t.Errorf("error %s, want %q in it", out, want)
		}
	}
	if bits(t, dir, LastDir) != before {
		t.Error("the checkpoint before was changed")
	}
	whole := t.TempDir()
	finish(t, whole, config{})
	finish(t, dir, config{}) // room was made
	same(t, dir, whole)
	checkLog(t, dir)
}

// limitFiles limits the size of the files that this process writes.
func limitFiles(bytes uint64) error {
	signal.Ignore(syscall.SIGXFSZ)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: bytes})
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
