package image

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func writeFiles(t *testing.T, files map[string][]byte) string {
	t.Helper()
	root := t.TempDir()
	for name, data := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFolder(t *testing.T) {
	pngBytes := encoded(t, "png")
	root := writeFiles(t, map[string][]byte{
		"cat/a.png": pngBytes, "cat/deep/b.pgm": []byte("P5 1 1 255\n\xff"), "dog/c.gif": encoded(t, "gif"),
		"dog/wrongly-named.png": encoded(t, "jpeg"),
		"dog/text.png":          []byte("no picture"), "cat/cut.png": pngBytes[:50],
		"dog/.hidden": []byte("x"), "README": []byte("beside the classes"),
	})
	for _, cache := range []int64{0, -1, 800} { // all, none, one picture in memory
		f, err := OpenFolder(root, FolderOptions{CacheBytes: cache})
		if err != nil {
			t.Fatal(err)
		}
		if f.Len() != 4 || strings.Join(f.Classes(), " ") != "cat dog" || f.Shape()[1] != 16 {
			t.Fatalf("found %d pictures, classes %v, shape %v", f.Len(), f.Classes(), f.Shape())
		}
		problems := f.Problems()
		if len(problems) != 2 || !strings.HasSuffix(problems[0].Path, "cut.png") || !strings.HasSuffix(problems[1].Path, "text.png") {
			t.Fatalf("problems %v", problems)
		}
		if !strings.Contains(problems[1].Err.Error(), "text.png") {
			t.Errorf("%v does not name its file", problems[1].Err)
		}
		wantLabel := []int{0, 0, 1, 1}
		var wait sync.WaitGroup
		for i := range f.Len() {
			wait.Go(func() {
				x := make([]float32, 3*16*16)
				label, err := f.At(i, x)
				if err != nil || label != wantLabel[i] {
					t.Errorf("example %d, %s: label %d, %v; want %d", i, f.Path(i), label, err, wantLabel[i])
				}
				if i == 1 && (x[0] != 1 || x[767] != 1) {
					t.Errorf("the white pixel became %v, %v", x[0], x[767])
				}
			})
		}
		wait.Wait()
	}
}

func TestFolder_withoutClasses(t *testing.T) {
	root := writeFiles(t, map[string][]byte{"faces/a.png": encoded(t, "png")})
	f, err := OpenFolder(filepath.Join(root, "faces"), FolderOptions{Height: 4, Width: 6, Options: Options{Channels: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Classes()[0] != "faces" || f.Len() != 1 || [3]int(f.Shape()) != [3]int{1, 4, 6} {
		t.Errorf("classes %v, %d pictures, shape %v", f.Classes(), f.Len(), f.Shape())
	}
}

func TestFolder_failures(t *testing.T) {
	empty := t.TempDir()
	bad := writeFiles(t, map[string][]byte{"a/x.png": []byte("x"), "a/y.png": []byte("y")})
	good := writeFiles(t, map[string][]byte{"a/x.png": encoded(t, "png")})
	for _, tc := range []struct {
		name, root string
		o          FolderOptions
		says       string
	}{
		{"no folder", filepath.Join(empty, "none"), FolderOptions{}, "no such file"},
		{"nothing in it", empty, FolderOptions{}, "found no file"},
		{"nothing readable", bad, FolderOptions{}, "none of 2 files"},
		{"one side", good, FolderOptions{Height: 3}, "size 3×0"},
		{"channels", good, FolderOptions{Options: Options{Channels: 4}}, "found 4"},
	} {
		_, err := OpenFolder(tc.root, tc.o)
		if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), tc.root) {
			t.Errorf("%s: %v does not say %q", tc.name, err, tc.says)
		}
	}
	f, err := OpenFolder(good, FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.At(1, nil); err == nil || !strings.Contains(err.Error(), "example 1 of 1") {
		t.Errorf("got %v", err)
	}
	if _, err := f.At(0, nil); err == nil || !strings.Contains(err.Error(), "expected 768") {
		t.Errorf("got %v", err)
	}
}

func TestPicture_Resize(t *testing.T) {
	p, err := Decode(encoded(t, "png"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		fit  Fit
		want []float32 // red, by rows of the 2×4 result
	}{
		{Stretch, []float32{1, 1, 0, 0, 0, 0, 1, 1}},
		// the middle 8 rows: red and white still lie in opposite corners
		{CenterCrop, []float32{1, 1, 0, 0, 0, 0, 1, 1}},
	} {
		q, err := p.Resize(2, 4, tc.fit)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range tc.want {
			if got := q.Pix[i]; max(got-want, want-got) > 0.3 { // the triangle reaches over the edge
				t.Errorf("fit %d, value %d: got %v, want about %v", tc.fit, i, got, want)
			}
		}
	}
}
