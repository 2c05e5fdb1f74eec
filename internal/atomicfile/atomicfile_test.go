package atomicfile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/pkg/errors"
)

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	for _, e := range entries {
		s = append(s, e.Name())
	}
	return strings.Join(s, " ")
}

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWrite_replaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	for _, s := range []string{"long first contents", "second", ""} {
		if err := WriteBytes(path, []byte(s)); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, path); got != s {
			t.Errorf("got %q, want %q", got, s)
		}
		if got := names(t, filepath.Dir(path)); got != "a" {
			t.Errorf("folder holds %q, want only a", got)
		}
	}
}

func TestWrite_keepsModeAndOldContents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	err := Write(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 3*bufferSize)); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want boom with the path", err)
	}
	if contents(t, path) != "old" || names(t, filepath.Dir(path)) != "a" {
		t.Errorf("after a failure: %q in %q", contents(t, path), names(t, filepath.Dir(path)))
	}
	if err := WriteBytes(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
}

func TestWrite_panicLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	func() {
		defer func() { _ = recover() }()
		_ = Write(filepath.Join(dir, "a"), func(io.Writer) error { panic("x") })
	}()
	if got := names(t, dir); got != "" {
		t.Errorf("folder holds %q, want nothing", got)
	}
}

func TestWrite_sweepsOnlyLeftovers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, n := range []string{".a.123-0.tmp", ".a.9-17.tmp", ".ab.1-0.tmp", ".a.x-0.tmp", ".a.tmp", "a.1-0.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	live, err := create(path, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	if err := WriteBytes(path, nil); err != nil {
		t.Fatal(err)
	}
	got := names(t, dir)
	want := strings.Join([]string{filepath.Base(live.Name()), ".a.tmp", ".a.x-0.tmp", ".ab.1-0.tmp", "a", "a.1-0.tmp"}, " ")
	if got != want {
		t.Errorf("left %q, want %q", got, want)
	}
}

func TestWrite_errorsNamePath(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "missing", "a"), "missing"},
		{dir, "is a folder, expected a regular file"},
	} {
		err := WriteBytes(c.path, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "write "+c.path) {
			t.Errorf("%s: got %v, want %q", c.path, err, c.want)
		}
	}
}

func TestWrite_concurrentIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	block := func(k int) []byte { return bytes.Repeat([]byte{byte('a' + k)}, 2*bufferSize+k) }
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Go(func() {
			for range 5 {
				if err := WriteBytes(path, block(k)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := contents(t, path)
	if want := string(block(int(got[0] - 'a'))); got != want {
		t.Errorf("file of %d bytes mixes two writers", len(got))
	}
	if got := names(t, filepath.Dir(path)); got != "a" {
		t.Errorf("folder holds %q, want only a", got)
	}
}
