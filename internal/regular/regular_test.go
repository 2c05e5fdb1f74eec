//go:build linux || darwin

package regular_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/hocsau/hocsau/internal/regular"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("file"), []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", at("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", at("dangling")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		at("file"): nil, at("link"): nil, at("pipe"): regular.ErrKind, dir: regular.ErrKind, "/dev/zero": regular.ErrKind,
		at("none"): fs.ErrNotExist, at("dangling"): fs.ErrNotExist,
	} {
		b, err := regular.ReadFile(name, 5)
		if !errors.Is(err, want) || want == nil && string(b) != "12345" {
			t.Errorf("%s: %q, %v, want %v", name, b, err, want)
		}
	}
	if _, err := regular.ReadFile(at("file"), 4); !errors.Is(err, regular.ErrLong) {
		t.Errorf("a long file: %v", err)
	}
	for name, want := range map[string]error{
		at("file"): nil, at("new"): nil, at("link"): regular.ErrKind, at("dangling"): regular.ErrKind, at("pipe"): regular.ErrKind, dir: regular.ErrKind,
	} {
		f, err := regular.OpenToWrite(name, 0o600)
		if !errors.Is(err, want) {
			t.Errorf("write %s: %v, want %v", name, err, want)
		}
		if err == nil {
			if _, err := f.WriteString("12345"); err != nil {
				t.Error(err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
