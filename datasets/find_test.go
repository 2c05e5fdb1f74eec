package datasets

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/download"
)

// alone makes a machine without data: no variable, an empty cache.
func alone(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(Variable, "")
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("LocalAppData", filepath.Join(dir, "cache"))
}

// put writes empty files below dir.
func put(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCatalog(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Catalog() {
		if s.Name == "" || s.Title == "" || seen[s.Name] {
			t.Errorf("row %q %q: no name, no title or a name of another row", s.Name, s.Title)
		}
		seen[s.Name] = true
		if (s.Origin == Known) != (s.Folder != "" && len(s.Needs) > 0) {
			t.Errorf("%s: a known set, and no other, has a folder and needs", s.Name)
		}
		for _, p := range s.Needs {
			if _, err := path.Match(p, ""); err != nil {
				t.Errorf("%s: pattern %q: %v", s.Name, p, err)
			}
			found := len(s.Files) == 0
			for _, f := range s.Files {
				ok, err := path.Match(p, f.Name)
				found = found || (ok && err == nil)
			}
			if !found {
				t.Errorf("%s: nothing that is downloaded matches %q", s.Name, p)
			}
		}
		for _, f := range s.Files {
			if f.Size <= 0 || len(f.URLs) == 0 || !strings.Contains(f.Sum, ":") {
				t.Errorf("%s: %+v: size, address or checksum is missing", s.Name, f)
			}
			for _, u := range f.URLs {
				if !strings.HasPrefix(u, "http") || path.Base(u) != path.Base(f.Name) {
					t.Errorf("%s: address %q of %s", s.Name, u, f.Name)
				}
			}
		}
	}
	for _, name := range []string{"digits", "mnist", "fashion-mnist", "omniglot", "cifar10", "orl", "bccd", "sst2", "mr", "wnut17", "vtb",
		"nottingham", "tinyshakespeare", "ptb", "kieu", "multi30k-de-en", "tatoeba-vi-en", "iwslt15-vi-en", "idx", "folder", "text"} {
		if !seen[name] {
			t.Errorf("%s has no row", name)
		}
	}
}

func TestFind(t *testing.T) {
	idx := []string{"train-images-idx3-ubyte.gz", "train-labels.idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"}
	var below []string
	for _, name := range idx {
		below = append(below, "mnist/"+name)
	}
	for _, c := range []struct {
		name, set    string
		flag, env    []string // files below --data-dir, $HOCSAU_DATA
		cache        []string
		dataDir      string // below the folder of the flag
		want, inRoot string
	}{
		{name: "flag", set: "mnist", flag: below, env: below, cache: below, inRoot: "flag", want: "mnist"},
		{name: "variable", set: "mnist", flag: []string{"other"}, env: below, cache: below, inRoot: "env", want: "mnist"},
		{name: "cache", set: "mnist", cache: below, inRoot: "cache", want: "mnist"},
		{name: "own folder", set: "mnist", flag: idx, inRoot: "flag", want: "."},
		{name: "own folder by variable", set: "mnist", env: idx, inRoot: "env", want: "."},
		{name: "deep", set: "orl", flag: []string{"faces/orl_faces/s1/1.pgm", "faces/orl_faces/s40/10.pgm"}, inRoot: "flag", want: "faces/orl_faces"},
		{name: "deep own folder", set: "kieu", flag: []string{"text/vi/truyen_kieu.txt"}, dataDir: "text/vi", inRoot: "flag", want: "text/vi"},
		{name: "own file", set: "kieu", flag: []string{"text/vi/truyen_kieu.txt"}, dataDir: "text/vi/truyen_kieu.txt", inRoot: "flag", want: "text/vi"},
		{name: "given", set: "idx", flag: idx, inRoot: "flag", want: "."},
		{name: "given file", set: "text", flag: []string{"a.txt"}, dataDir: "a.txt", inRoot: "flag", want: "a.txt"},
		{name: "given by variable", set: "folder", env: idx, inRoot: "env", want: "."},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t)
			cache, err := CacheRoot()
			if err != nil {
				t.Fatal(err)
			}
			dirs := map[string]string{"flag": t.TempDir(), "env": t.TempDir(), "cache": cache}
			put(t, dirs["flag"], c.flag...)
			put(t, dirs["env"], c.env...)
			put(t, dirs["cache"], c.cache...)
			dataDir := ""
			if c.flag != nil {
				dataDir = filepath.Join(dirs["flag"], c.dataDir)
			}
			if c.env != nil {
				t.Setenv(Variable, dirs["env"])
			}
			got, err := Find(c.set, dataDir)
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(dirs[c.inRoot], c.want); got != want {
				t.Errorf("found in %s, expected %s", got, want)
			}
		})
	}
}

func TestFind_errors(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	put(t, dir, "mnist/train-images-idx3-ubyte.gz", "mnist/.train-labels-idx1-ubyte.gz.part")
	cache, err := CacheRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set, dataDir string
		is           error
		said         []string
	}{
		{"mnist", dir, ErrNotFound, []string{
			filepath.Join(dir, "mnist") + " (no train-labels?idx1-ubyte*)", dir + " (no train-images", "$HOCSAU_DATA (not set)",
			filepath.Join(cache, "mnist") + " (no such folder)", "hocsau data get mnist"}},
		{"orl", "", ErrNotFound, []string{"no download here", "--data-dir DIR", "faces/orl_faces"}},
		{"mnits", "", ErrUnknown, []string{`"mnits", did you mean mnist?`}},
		{"qqqqqqqqqq", "", ErrUnknown, []string{"expected one of digits, shapes"}},
		{"digits", "", ErrNotFound, []string{"digits is built in"}},
		{"idx", "", ErrNotFound, []string{"data set idx (any folder of IDX files) is your own: name it with --data-dir"}},
		{"idx", filepath.Join(dir, "none"), ErrNotFound, []string{"--data-dir names " + filepath.Join(dir, "none")}},
	} {
		_, err := Find(c.set, c.dataDir)
		if !errors.Is(err, c.is) {
			t.Errorf("%s: error %v is not %v", c.set, err, c.is)
			continue
		}
		for _, said := range c.said {
			if !strings.Contains(err.Error(), said) {
				t.Errorf("%s: error %v, expected %q in it", c.set, err, said)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the message has more than one line", c.set)
		}
	}
}

func TestGet(t *testing.T) {
	alone(t)
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if strings.HasPrefix(r.URL.Path, "/broken") {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(r.URL.Path)) // the client checks what it gets
	}))
	defer s.Close()
	remote := func(name string) Remote {
		body := "/good/" + name
		return Remote{name, int64(len(body)), fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(body))),
			[]string{s.URL + "/broken/" + name, s.URL + "/good/" + name}}
	}
	set := Set{Name: "two", Title: "two files", Origin: Known, Folder: "some/two", Needs: []string{"a.txt", "sub/b*"},
		Files: []Remote{remote("a.txt"), remote("sub/b.txt")}}
	root := t.TempDir()

	_, err := get(context.Background(), set, GetOptions{Root: root, Offline: true})
	if !errors.Is(err, download.ErrOffline) || !strings.Contains(err.Error(), "get data two: ") {
		t.Errorf("offline: %v", err)
	}
	var files []string
	dir, err := get(context.Background(), set, GetOptions{Root: root, Progress: func(file string, done, total int64) {
		if done == total {
			files = append(files, file)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(root, "some", "two"); dir != want {
		t.Errorf("downloaded into %s, expected %s", dir, want)
	}
	if strings.Join(files, " ") != "a.txt sub/b.txt" || asked != 4 {
		t.Errorf("%d requests, files %v", asked, files)
	}
	if _, err := get(context.Background(), set, GetOptions{Root: root, Offline: true}); err != nil {
		t.Errorf("what is there needs no network: %v", err)
	}
	set.Files, set.Folder = nil, "elsewhere"
	if _, err := get(context.Background(), set, GetOptions{Root: root}); err == nil || !strings.Contains(err.Error(), "no download of two is known") {
		t.Errorf("no download: %v", err)
	}
	if _, err := Get(context.Background(), "digits", GetOptions{Root: root}); err == nil || !strings.Contains(err.Error(), "nothing to download") {
		t.Errorf("built in: %v", err)
	}
	if _, err := Get(context.Background(), "mnist", GetOptions{Offline: true}); !errors.Is(err, download.ErrOffline) {
		t.Errorf("into the cache, offline: %v", err)
	}
}

func TestLocate(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	put(t, dir, "a.txt")
	if got, err := Locate(context.Background(), "text", dir, GetOptions{}); err != nil || got != dir {
		t.Errorf("found %s, %v, expected %s", got, err, dir)
	}
	_, err := Locate(context.Background(), "mnist", dir, GetOptions{Offline: true})
	if !errors.Is(err, download.ErrOffline) || !strings.Contains(err.Error(), "hocsau data get mnist") {
		t.Errorf("offline: %v", err)
	}
	if _, err := Locate(context.Background(), "orl", dir, GetOptions{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("no download: %v", err)
	}
	if _, err := Locate(context.Background(), "nmist", dir, GetOptions{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("no such set: %v", err)
	}
}
