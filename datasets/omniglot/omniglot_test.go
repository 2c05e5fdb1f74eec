package omniglot_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/omniglot"
)

// drawing is a PNG of 4×4 pixels whose ink, black, is the corner k.
func drawing(k int) string {
	p := &image.Picture{Pix: []float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, Channels: 1, Height: 4, Width: 4}
	p.Pix[[]int{0, 3, 15, 12}[k]] = 0
	var b bytes.Buffer
	if err := image.EncodePNG(&b, p); err != nil {
		return err.Error()
	}
	return b.String()
}

// write makes a zip, or a folder where name does not end in .zip.
func write(name string, files map[string]string) error {
	if filepath.Ext(name) != ".zip" {
		for file, content := range files {
			p := filepath.Join(name, filepath.FromSlash(file))
			if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(p, []byte(content), 0o666); err != nil {
				return err
			}
		}
		return nil
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for file, content := range files {
		w, err := z.Create(file)
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(content)); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o666)
}

func background() map[string]string {
	return map[string]string{
		"images/Latin/character02/0002_01.png": drawing(1),
		"images/Greek/character01/0001_02.png": drawing(0),
		"images/Greek/character01/0001_01.png": drawing(0),
		"images/Latin/character01/0003_01.png": drawing(2),
		"images/README":                        "no picture",
	}
}

func runFiles() map[string]string {
	return map[string]string{
		"run01/class_labels.txt":      "run01/test/item01.png run01/training/class02.png\nrun01/test/item02.png run01/training/class01.png\n",
		"run01/training/class01.png":  drawing(1),
		"run01/training/class02.png":  drawing(2),
		"run01/test/item01.png":       drawing(2),
		"run01/test/item02.png":       drawing(1),
		"run02/class_labels.txt":      "run02/test/item01.png run02/training/class01.png\n",
		"run02/training/class01.png":  drawing(3),
		"run02/test/item01.png":       drawing(3),
		"run02/training/never_named.": "no picture",
	}
}

func TestOpen_zipAndFolder(t *testing.T) {
	for _, name := range []string{"set.zip", "set"} {
		p := filepath.Join(t.TempDir(), name)
		if err := write(p, background()); err != nil {
			t.Fatal(err)
		}
		d, err := omniglot.Open(p, omniglot.Options{Side: 4})
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"Greek/character01", "Latin/character01", "Latin/character02"}; !slices.Equal(d.Classes(), want) {
			t.Fatalf("%s: classes %q", name, d.Classes())
		}
		labels, err := datasets.Labels(d)
		if err != nil || !slices.Equal(labels, []int{0, 0, 1, 2}) {
			t.Fatalf("%s: labels %v, %v", name, labels, err)
		}
		x := make([]float32, 16)
		if _, err := d.At(2, x); err != nil || x[15] != 1 || x[0] != 0 {
			t.Fatalf("%s: ink %v, %v; want it in the last corner", name, x, err)
		}
	}
}

// In the form of MNIST the ink is in the middle, wherever it was drawn.
func TestOpen_centredInk(t *testing.T) {
	p := filepath.Join(t.TempDir(), "set")
	if err := write(p, background()); err != nil {
		t.Fatal(err)
	}
	d, err := omniglot.Open(p, omniglot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first, last := make([]float32, 28*28), make([]float32, 28*28)
	for i, x := range [][]float32{first, last} {
		if _, err := d.At(3*i, x); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(first, last) || first[14*28+14] != 1 || first[0] != 0 {
		t.Errorf("ink of two corners differs, or is not in the middle: %v, %v", first[14*28+14], last[14*28+14])
	}
}

func TestTurned(t *testing.T) {
	p := filepath.Join(t.TempDir(), "set")
	if err := write(p, background()); err != nil {
		t.Fatal(err)
	}
	d, err := omniglot.Open(p, omniglot.Options{Side: 4})
	if err != nil {
		t.Fatal(err)
	}
	turned, err := omniglot.Turned(d)
	if err != nil {
		t.Fatal(err)
	}
	if turned.Len() != 16 || len(turned.Classes()) != 12 {
		t.Fatalf("%d pictures of %d classes", turned.Len(), len(turned.Classes()))
	}
	// The corner goes round counter-clockwise: upper left, lower left, ….
	for turn, corner := range []int{0, 12, 15, 3} {
		x := make([]float32, 16)
		label, err := turned.At(4*turn, x)
		if err != nil || label != 3*turn || x[corner] != 1 {
			t.Errorf("turn %d: label %d, ink %v, %v", turn, label, x, err)
		}
	}
	even, err := datasets.NewInMemory([]int{1, 2, 3}, []string{"a"}, make([]float32, 6), []int{0})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := omniglot.Turned(even); err == nil || !strings.Contains(err.Error(), "[1 2 3], expected [1, S, S]") {
		t.Errorf("pictures of 2 by 3: %v", err)
	}
}

func TestOpenRuns(t *testing.T) {
	for _, name := range []string{"runs.zip", "runs"} {
		p := filepath.Join(t.TempDir(), name)
		if err := write(p, runFiles()); err != nil {
			t.Fatal(err)
		}
		runs, err := omniglot.OpenRuns(p, omniglot.Options{Side: 4})
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) != 2 || runs[0].Name != "run01" || !slices.Equal(runs[0].Labels, []int{1, 0}) || !slices.Equal(runs[1].Labels, []int{0}) {
			t.Fatalf("%s: %+v", name, runs)
		}
		r := runs[0]
		if len(r.Shown) != 32 || !slices.Equal(r.Shown[:16], r.Queries[16:]) || !slices.Equal(r.Shown[16:], r.Queries[:16]) {
			t.Errorf("%s: shown %v, queries %v", name, r.Shown, r.Queries)
		}
	}
}

func TestOpen_failures(t *testing.T) {
	dir := t.TempDir()
	path := func(name string, files map[string]string) string {
		p := filepath.Join(dir, name)
		if err := write(p, files); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		path string
		want string
	}{
		{path("empty.zip", nil), "no ALPHABET"},
		{path("bad", map[string]string{"a/b/c.png": "nonsense"}), "a/b/c.png"},
		{path("large", map[string]string{"a/b/c.png": strings.Repeat("x", 1<<20+1)}), "larger than"},
		{filepath.Join(dir, "none.zip"), "no such file"},
	} {
		if _, err := omniglot.Open(c.path, omniglot.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.path, err, c.want)
		}
	}
	if _, err := omniglot.Open(dir, omniglot.Options{Side: -1}); err == nil || !strings.Contains(err.Error(), "-1 pixels a side") {
		t.Errorf("a negative side: %v", err)
	}
	noZip := filepath.Join(dir, "no.zip")
	if err := os.WriteFile(noZip, []byte("PK"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := omniglot.Open(noZip, omniglot.Options{}); err == nil || !strings.Contains(err.Error(), "no.zip") {
		t.Errorf("no zip: %v", err)
	}
	for _, c := range []struct {
		path string
		want string
	}{
		{path("no_runs.zip", nil), "no runNN/class_labels.txt"},
		{path("line", map[string]string{"run01/class_labels.txt": "one\n"}), "line 1 has 1 names"},
		{path("missing", map[string]string{"run01/class_labels.txt": "run01/a.png run01/b.png\n"}), "run01/b.png"},
	} {
		if _, err := omniglot.OpenRuns(c.path, omniglot.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.path, err, c.want)
		}
	}
}

// TestReal reads the set as its authors give it, where it is at hand.
func TestReal(t *testing.T) {
	root := os.Getenv(datasets.Variable)
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir, err := datasets.Find("omniglot", root)
	if err != nil {
		t.Skip(err)
	}
	d, err := omniglot.Open(filepath.Join(dir, "images_background_small1.zip"), omniglot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	runs, err := omniglot.OpenRuns(filepath.Join(dir, "all_runs.zip"), omniglot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != 2720 || len(d.Classes()) != 136 || len(runs) != 20 {
		t.Fatalf("%d drawings of %d characters, %d runs", d.Len(), len(d.Classes()), len(runs))
	}
	for _, r := range runs {
		labels := slices.Sorted(slices.Values(r.Labels))
		if len(r.Shown) != 20*28*28 || len(labels) != 20 || len(slices.Compact(labels)) != 20 {
			t.Errorf("%s: %d values shown, labels %v", r.Name, len(r.Shown), r.Labels)
		}
	}
}

func ExampleOpenRuns() {
	dir, err := os.MkdirTemp("", "omniglot")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "all_runs.zip")
	if err := write(file, runFiles()); err != nil {
		fmt.Println(err)
		return
	}
	runs, err := omniglot.OpenRuns(file, omniglot.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range runs {
		fmt.Println(r.Name, "shows", len(r.Shown)/(28*28), "asks", r.Labels)
	}
	// Output:
	// run01 shows 2 asks [1 0]
	// run02 shows 1 asks [0]
}

func FuzzOpen(f *testing.F) {
	for i, files := range []map[string]string{background(), runFiles(), {"run01/class_labels.txt": "../../x y\n"}} {
		path := filepath.Join(f.TempDir(), fmt.Sprint(i, ".zip"))
		if err := write(path, files); err != nil {
			f.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	path := filepath.Join(f.TempDir(), "fuzz.zip")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		o := omniglot.Options{Side: 4}
		if runs, err := omniglot.OpenRuns(path, o); err == nil {
			for _, r := range runs {
				if len(r.Labels)*16 != len(r.Queries) || len(r.Shown)%16 != 0 {
					t.Fatalf("%d labels, %d values asked, %d shown", len(r.Labels), len(r.Queries), len(r.Shown))
				}
				for _, l := range r.Labels {
					if l < 0 || l >= len(r.Shown)/16 {
						t.Fatalf("label %d of %d", l, len(r.Shown)/16)
					}
				}
			}
		}
		if d, err := omniglot.Open(path, o); err == nil && d.Len() == 0 {
			t.Fatal("nothing, without an error")
		}
	})
}
