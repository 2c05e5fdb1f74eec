package lint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// module is the import path of the repository.
const module = "github.com/hocsau/hocsau"

// tree is what the rules look at.
type tree struct {
	fset  *token.FileSet
	top   []fs.DirEntry // the entries of the root
	files []*goFile     // in order of path
	texts []text        // every file that a person reads, Go included
	mods  []byte        // go.mod
	notes []byte        // NOTICE
}

// text is a file as bytes.
type text struct {
	path string
	src  []byte
}

// goFile is a parsed Go file; its paths start at the root and have slashes.
type goFile struct {
	text
	dir       string
	test      bool
	generated bool
	ast       *ast.File
}

// a rule returns what it finds wrong.
type rule func(*tree) []string

// load reads the module whose root is fsys.
func load(fsys fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	var err error
	if t.top, err = fs.ReadDir(fsys, "."); err != nil {
		return nil, err
	}
	if t.mods, err = fs.ReadFile(fsys, "go.mod"); err != nil {
		return nil, err
	}
	if t.notes, err = fs.ReadFile(fsys, "NOTICE"); err != nil {
		return nil, err
	}
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != "." && skipped(fsys, p) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !readable(p) {
			return nil
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		t.texts = append(t.texts, text{p, src})
		if path.Ext(p) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(t.fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		t.files = append(t.files, &goFile{
			text:      text{p, src},
			dir:       path.Dir(p),
			test:      strings.HasSuffix(p, "_test.go"),
			generated: ast.IsGenerated(f),
			ast:       f,
		})
		return nil
	})
	return t, err
}

// skipped tells the folders that are no part of the module: what git and the go
// command pass over, what a training run leaves, and other modules.
func skipped(fsys fs.FS, dir string) bool {
	base := path.Base(dir)
	if base == ".ci" {
		return false
	}
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || slices.Contains(ignored, dir) {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

// readable tells the files that a person reads.
func readable(p string) bool {
	switch path.Ext(p) {
	case ".go", ".s", ".md", ".yml", ".yaml", ".sh", ".ipynb", ".mod":
		return true
	case "":
		return path.Dir(p) == "." || path.Dir(p) == ".ci"
	}
	return false
}

// code returns the files that people write and users run: no test, nothing
// generated.
func (t *tree) code() []*goFile {
	return slices.DeleteFunc(slices.Clone(t.files), func(f *goFile) bool { return f.test || f.generated })
}

// at formats a finding at a place of a Go file.
func (t *tree) at(pos token.Pos, format string, args ...any) string {
	p := t.fset.Position(pos)
	return fmt.Sprintf("%s:%d: %s", p.Filename, p.Line, fmt.Sprintf(format, args...))
}

// line returns the number of the line at which offset lies.
func (t text) line(offset int) int { return 1 + bytes.Count(t.src[:offset], []byte("\n")) }

// within tells whether dir matches pattern: the folder itself, or with "/..."
// also every folder below it.
func within(dir, pattern string) bool {
	top, below := strings.CutSuffix(pattern, "/...")
	return dir == top || below && strings.HasPrefix(dir, top+"/")
}

// repository loads the module in which the test runs.
func repository(t *testing.T) *tree {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	r, err := load(os.DirFS(root))
	if err != nil {
		t.Fatalf("read the module in %s: %v", root, err)
	}
	return r
}

// example loads a small module of the given files.
func example(t *testing.T, files map[string]string) *tree {
	t.Helper()
	fsys := fstest.MapFS{
		"go.mod": {Data: []byte("module " + module + "\n")},
		"NOTICE": {Data: []byte("Third-party modules:\n")},
	}
	for name, src := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(src)}
	}
	r, err := load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sample is a tree of files with what a rule must say about it.
type sample struct {
	name  string
	files map[string]string
	want  []string // each the beginning of a finding, in order
}

// check runs a rule on the repository, where it must find nothing, and on the
// samples.
func check(t *testing.T, r rule, samples []sample) {
	t.Helper()
	t.Run("repository", func(t *testing.T) {
		for _, finding := range r(repository(t)) {
			t.Error(finding)
		}
	})
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			got := r(example(t, s.files))
			same := slices.EqualFunc(got, s.want, strings.HasPrefix)
			if !same {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(s.want, "\n\t"))
			}
		})
	}
}
