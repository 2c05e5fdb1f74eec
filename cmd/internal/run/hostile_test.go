package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file of settings is a short regular file.
func TestReadSettings_hostile(t *testing.T) {
	var b strings.Builder
	b.WriteString("set:\n")
	for i := range 80_000 {
		fmt.Fprintf(&b, "  k%d: 1\n", i)
	}
	keys := b.String()
	path := filepath.Join(t.TempDir(), "c.yaml")
	for content, want := range map[string]string{
		keys:                                     `80001 of ":", expected at most`,
		strings.Repeat("# long\n", 1<<18):        "has 1835008 bytes, expected at most",
		"set: {" + strings.Repeat("a: 1,", 5000): `of ":", expected at most`,
		strings.Repeat("- [", 100_000):           "expected at most",
		strings.Repeat("- ", 100_000):            "expected at most",
		strings.Repeat("? ", 100_000):            "expected at most",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readSettings(path, Settings{}); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 {
			t.Errorf("%.20q: error %.300v, want %q", content, err, want)
		}
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := readSettings("/dev/zero", Settings{}); err == nil || !strings.Contains(err.Error(), "is a device") {
			t.Errorf("/dev/zero: error %v", err)
		}
	}
}
