package golden

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

// Env names the environment variable that points to the suite.
const Env = "HOCSAU_REFERENCE"

// Dir returns the folder of the suite. Without one the test skips; a folder
// that HOCSAU_REFERENCE names must exist. A relative name starts at the root of
// the module, whatever package is tested.
func Dir(t testing.TB) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv(Env); dir != "" {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(root, dir)
		}
		if !isDir(dir) {
			t.Fatalf("%s = %s: expected a folder", Env, dir)
		}
		return dir
	}
	dir := filepath.Join(root, "..", "shared", "reference")
	if !isDir(dir) {
		t.Skipf("no reference suite: %s is not set and there is no folder %s", Env, dir)
	}
	return dir
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// moduleRoot looks for go.mod upwards from the folder of the test.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", errors.Wrap(err, "find the module")
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the module: no go.mod in any folder above the test")
		}
		dir = parent
	}
}

// Run runs f on every case, found by folder, whose operation the table gives
// to owner, as the subtest TestReference/<family>/<case>. A case
// without tolerances is shared data: it passes when it reads, without f.
func Run(t *testing.T, owner string, f func(t *testing.T, c *Case)) {
	t.Helper()
	if t.Name() != "TestReference" {
		t.Fatalf("called from %s, expected TestReference", t.Name())
	}
	run(t, Dir(t), Owners(), owner, f)
}

func run(t *testing.T, dir string, owners map[string]Owner, owner string, f func(t *testing.T, c *Case)) {
	t.Helper()
	if !slices.ContainsFunc(values(owners), func(o Owner) bool { return o == Owner{Package: owner} }) {
		t.Fatalf("the table of operations gives none to %q", owner)
	}
	index, err := list(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range unknown(index, owners) {
		t.Errorf("operation %q of the suite is not in the table of internal/golden", op)
	}
	for _, family := range index {
		mine := slices.DeleteFunc(slices.Clone(family.cases), func(c caseFile) bool {
			return owners[c.Op] != Owner{Package: owner}
		})
		if len(mine) == 0 {
			continue
		}
		t.Run(family.name, func(t *testing.T) {
			for _, file := range mine {
				t.Run(file.name, func(t *testing.T) { runCase(t, dir, file, f) })
			}
		})
	}
}

func runCase(t *testing.T, dir string, file caseFile, f func(t *testing.T, c *Case)) {
	t.Helper()
	c, err := load(t, dir, file.family+"/"+file.name)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Tolerances) == 0 {
		return
	}
	t.Cleanup(func() {
		if t.Skipped() {
			t.Error("skipped: a case passes or fails")
		}
	})
	f(t, c)
	c.finish()
}

// A family is a folder of the suite.
type family struct {
	name  string
	cases []caseFile
}

// A caseFile is what the list of cases needs to know of one.
type caseFile struct {
	family, name string
	Op           string `json:"op"`
}

// list finds the cases of dir: <family>/<case>.json, in the order of names.
func list(dir string) ([]family, error) {
	paths, err := fs.Glob(os.DirFS(dir), "*/*.json")
	if err != nil {
		return nil, errors.Wrapf(err, "list reference suite %s", dir)
	}
	slices.Sort(paths)
	var index []family
	for _, path := range paths {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil {
			return nil, errors.Wrap(err, "read reference case")
		}
		folder, base, _ := strings.Cut(path, "/")
		c := caseFile{family: folder, name: strings.TrimSuffix(base, ".json")}
		if err := json.Unmarshal(text, &c); err != nil {
			return nil, errors.Wrapf(err, "read reference case %s", path)
		}
		if c.Op == "" {
			return nil, errors.Errorf("reference case %s: op is missing", path)
		}
		if len(index) == 0 || index[len(index)-1].name != folder {
			index = append(index, family{name: folder})
		}
		last := &index[len(index)-1]
		last.cases = append(last.cases, c)
	}
	if len(index) == 0 {
		return nil, errors.Errorf("reference suite %s: found no <family>/<case>.json", dir)
	}
	return index, nil
}

// unknown returns the operations of the suite that have no owner.
func unknown(index []family, owners map[string]Owner) []string {
	var ops []string
	for _, family := range index {
		for _, c := range family.cases {
			if _, ok := owners[c.Op]; !ok {
				ops = append(ops, c.Op)
			}
		}
	}
	slices.Sort(ops)
	return slices.Compact(ops)
}

func values(owners map[string]Owner) []Owner {
	var all []Owner
	for _, o := range owners {
		all = append(all, o)
	}
	return all
}
