package golden

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Everyday reads what a case of the optional suite of everyday files, in
// ../shared/cases beside the checkout, expects, and returns the case's folder.
// Where there is no such suite the test skips.
func Everyday(t testing.TB, name string, expect any) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	all := filepath.Join(root, "..", "shared", "cases")
	if !isDir(all) {
		t.Skipf("no everyday cases: there is no folder %s", all)
	}
	b, err := os.ReadFile(filepath.Join(all, name, "expect.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, expect); err != nil {
		t.Fatalf("case %s: %v", name, err)
	}
	return filepath.Join(all, name)
}

// EverydayCopy is Everyday in a copy of the suite, whose folder of the case is the
// working folder for the rest of the test: cases name each other's files.
func EverydayCopy(t *testing.T, name string, expect any) {
	t.Helper()
	all := filepath.Dir(Everyday(t, name, expect))
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(all)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(to, name))
}
