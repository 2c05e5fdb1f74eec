package download_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hocsau/hocsau/datasets/download"
)

// Several that fetch one file at the same time all get it, and it is asked for
// once.
func TestFetch_together(t *testing.T) {
	b := content()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	})
	for _, sum := range []string{sha(b), ""} {
		path := filepath.Join(t.TempDir(), "file")
		before := len(s.ranges)
		var all sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			all.Go(func() {
				errs[i] = download.Fetch(context.Background(), download.File{Path: path, URLs: []string{s.URL}, Sum: sum, Size: int64(len(b))}, download.Options{})
			})
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				t.Errorf("sum %q: %v", sum, err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, b) {
			t.Errorf("sum %q: %d bytes, %v", sum, len(got), err)
		}
		if n := len(s.ranges) - before; n != 1 {
			t.Errorf("sum %q: %d requests, want 1", sum, n)
		}
	}
}

// Waiting for another one ends with the context.
func TestFetch_waitingIsCancelled(t *testing.T) {
	held := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-held:
		case <-r.Context().Done():
		}
	})
	defer close(held)
	f := download.File{Path: filepath.Join(t.TempDir(), "file"), URLs: []string{s.URL}}
	first, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- download.Fetch(first, f, download.Options{}) }()
	time.Sleep(50 * time.Millisecond)
	second, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := download.Fetch(second, f, download.Options{}); err == nil {
		t.Error("no error")
	}
	stop()
	if err := <-done; err == nil {
		t.Error("the first fetch was stopped without an error")
	}
}

// A part that is a link is not written through, and a pipe is not waited for.
func TestFetch_partIsNoFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a right there")
	}
	b := content()
	s := serve(t, whole(b, ""))
	for name, put := range map[string]func(part, other string) error{
		"link":      func(part, other string) error { return os.Symlink(other, part) },
		"pipe":      pipe,
		"note link": func(part, other string) error { return os.Symlink(other, part+".json") },
	} {
		dir := t.TempDir()
		other := filepath.Join(dir, "other")
		if err := os.WriteFile(other, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := put(filepath.Join(dir, ".file.part"), other); err != nil {
			t.Fatal(err)
		}
		err := download.Fetch(context.Background(), download.File{Path: filepath.Join(dir, "file"), URLs: []string{s.URL}, Sum: sha(b)}, download.Options{})
		if name != "note link" && (err == nil || !strings.Contains(err.Error(), "not a regular file")) {
			t.Errorf("%s: error %v", name, err)
		}
		if got, err := os.ReadFile(other); err != nil || string(got) != "precious" {
			t.Errorf("%s: the other file holds %q, %v", name, got, err)
		}
	}
}

// What was fetched is known again; what others put there is theirs.
func TestCheck(t *testing.T) {
	b := content()
	s := serve(t, whole(b, ""))
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := download.Check(path); err != nil {
		t.Errorf("nothing there: %v", err)
	}
	if err := download.Fetch(context.Background(), download.File{Path: path, URLs: []string{s.URL}, Sum: sha(b)}, download.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := download.Check(path); err != nil {
		t.Errorf("whole: %v", err)
	}
	for what, damage := range map[string][]byte{"cut": b[:len(b)-1], "changed": append([]byte{b[0] + 1}, b[1:]...)} {
		if err := os.WriteFile(path, damage, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := download.Check(path); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := download.Check(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "own"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := download.Check(filepath.Join(dir, "own")); err != nil {
		t.Errorf("a file of others: %v", err)
	}
}
