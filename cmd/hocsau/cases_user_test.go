package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// userCase goes to a copy of the folder of a case of the suite beside the
// checkout and reads what it expects; where there is no suite the test skips.
func userCase(t *testing.T, name string, expect any) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no cases in %s", dir)
	}
	b, err := os.ReadFile(filepath.Join(dir, name, "expect.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, expect); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(to, name))
}
