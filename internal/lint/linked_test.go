package lint

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unnamed finds modules of a list, "path version" a line, that NOTICE does not
// name at that version: its licence is not known to who gets the program.
func unnamed(linked string, notes []byte) []string {
	noted := versions(notice, notes)
	var found []string
	for line := range strings.Lines(linked) {
		f := strings.Fields(line)
		if len(f) == 2 && noted[f[0]] != f[1] {
			found = append(found, fmt.Sprintf("NOTICE: no row for %s %s, expected one with its licence: a program contains it", f[0], f[1]))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// TestNotice_namesWhatIsLinked: NOTICE has a row for every module of which a
// program has a package, on each system.
func TestNotice_namesWhatIsLinked(t *testing.T) {
	root := filepath.Join("..", "..")
	notes, err := os.ReadFile(filepath.Join(root, "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	for _, system := range []string{"linux", "darwin", "windows"} {
		c := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/hocsau", "./cmd/gophernotes")
		c.Dir, c.Env = root, append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		if n := strings.Count(string(out), "\n"); n < 20 {
			t.Errorf("%s: %d modules, expected dozens", system, n)
		}
		for _, finding := range unnamed(string(out), notes) {
			t.Errorf("%s: %s", system, finding)
		}
	}
	got := unnamed("a.org/b v1.0.0\nc.org/d v2.0.0\n\nc.org/d v2.0.0\n", []byte("  a.org/b v1.0.0  MIT\n  c.org/d v1.9.0  MIT\n"))
	if len(got) != 1 || !strings.HasPrefix(got[0], "NOTICE: no row for c.org/d v2.0.0") {
		t.Errorf("a sample: %q", got)
	}
}
