package idx_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/idx"
)

// folder writes files into a new folder.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// images returns n images of 1×2 pixels, of which image i holds i and 255-i.
func images(n int) []byte {
	var data []byte
	for i := range n {
		data = append(data, byte(i), byte(255-i))
	}
	return file(data, uint32(n), 1, 2)
}

// labels returns n labels, of which label i is i mod 3.
func labels(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i % 3)
	}
	return file(data, uint32(n))
}

func TestOpen_names(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string][]byte
	}{
		{"plain", map[string][]byte{
			"train-images-idx3-ubyte": images(7), "train-labels-idx1-ubyte": labels(7),
			"t10k-images-idx3-ubyte": images(4), "t10k-labels-idx1-ubyte": labels(4)}},
		{"gzip and dots", map[string][]byte{
			"train-images-idx3-ubyte.gz": zip(t, images(7)), "train-labels.idx1-ubyte.gz": zip(t, labels(7)),
			"t10k-images.idx3-ubyte": images(4), "t10k-labels-idx1-ubyte.gz": labels(4), // a plain file under the name of a gzip
			"README": nil, ".t10k-labels-idx1-ubyte.gz.part": nil}},
		{"both", map[string][]byte{
			"train-images-idx3-ubyte": images(7), "train-labels-idx1-ubyte": labels(7),
			"train-images-idx3-ubyte.gz": nil,
			"t10k-images-idx3-ubyte":     images(4), "t10k-labels-idx1-ubyte": labels(4)}},
		{"prefix", map[string][]byte{
			"emnist-a-train-images-idx3-ubyte": images(7), "emnist-a-train-labels-idx1-ubyte": labels(7),
			"emnist-a-test-images-idx3-ubyte": images(4), "emnist-a-test-labels-idx1-ubyte": labels(4)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			train, test, err := idx.Open(folder(t, c.files), idx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if train.Len() != 7 || test.Len() != 4 {
				t.Errorf("%d and %d images, expected 7 and 4", train.Len(), test.Len())
			}
			if diff := cmp.Diff([]int{1, 1, 2}, train.Shape()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"0", "1", "2"}, test.Classes()); diff != "" {
				t.Error(diff)
			}
			x := make([]float32, 2)
			label, err := train.At(5, x)
			if err != nil {
				t.Fatal(err)
			}
			if label != 2 || x[0] != 5./255 || x[1] != 250./255 {
				t.Errorf("image 5 is %v, label %d", x, label)
			}
		})
	}
}

func TestOpen_split(t *testing.T) {
	for _, part := range []string{"train", "t10k"} {
		dir := folder(t, map[string][]byte{part + "-images-idx3-ubyte": images(100), part + "-labels-idx1-ubyte": labels(100)})
		var orders [][]int
		for _, seed := range []uint64{1, 1, 2} {
			train, test, err := idx.Open(dir, idx.Options{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			if train.Len() != 80 || test.Len() != 20 {
				t.Fatalf("%d and %d images, expected 80 and 20", train.Len(), test.Len())
			}
			var order []int
			x := make([]float32, 2)
			for _, d := range []datasets.Dataset{test, train} {
				for i := range d.Len() {
					if _, err := d.At(i, x); err != nil {
						t.Fatal(err)
					}
					order = append(order, int(x[0]*255+.5))
				}
			}
			orders = append(orders, order)
		}
		if !slices.Equal(orders[0], orders[1]) || slices.Equal(orders[0], orders[2]) {
			t.Errorf("the split does not follow the seed: %v", orders)
		}
		slices.Sort(orders[0])
		for i, v := range orders[0] {
			if i != v {
				t.Fatalf("not each image once: %v", orders[0])
			}
		}
	}
}

func TestOpen_errors(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   map[string][]byte
		classes []string
		is      error
		said    string
	}{
		{"nothing", map[string][]byte{"README": nil}, nil, datasets.ErrNotFound, "train-images-idx3-ubyte"},
		{"no labels", map[string][]byte{"train-images-idx3-ubyte": images(3)}, nil, datasets.ErrNotFound, "train-images-idx3-ubyte is there, train-labels-idx1-ubyte is not"},
		{"no images", map[string][]byte{"t10k-labels-idx1-ubyte.gz": labels(3)}, nil, datasets.ErrNotFound, "t10k-labels-idx1-ubyte.gz is there, t10k-images-idx3-ubyte is not"},
		{"counts", map[string][]byte{"train-images-idx3-ubyte": images(3), "train-labels-idx1-ubyte": labels(4)}, nil, idx.ErrMismatch, "train-images-idx3-ubyte with train-labels-idx1-ubyte: 3 images, 4 labels"},
		{"swapped", map[string][]byte{"train-images-idx3-ubyte": labels(3), "train-labels-idx1-ubyte": images(3)}, nil, idx.ErrMismatch, "images have the shape [3]"},
		{"labels of two dimensions", map[string][]byte{"train-images-idx3-ubyte": images(3), "train-labels-idx1-ubyte": images(3)}, nil, idx.ErrMismatch, "labels have the shape [3 1 2]"},
		{"truncated", map[string][]byte{"train-images-idx3-ubyte": images(3)[:20], "train-labels-idx1-ubyte": labels(3)}, nil, idx.ErrTruncated, "train-images-idx3-ubyte: shape [3 1 2]"},
		{"no pixel", map[string][]byte{"train-images-idx3-ubyte": file(nil, 3, 0, 2), "train-labels-idx1-ubyte": labels(3)}, nil, idx.ErrMismatch, "no pixel"},
		{"empty", map[string][]byte{"train-images-idx3-ubyte": file(nil, 0, 1, 2), "train-labels-idx1-ubyte": file(nil, 0)}, nil, datasets.ErrEmpty, "data set is empty"},
		{"label", map[string][]byte{"train-images-idx3-ubyte": images(3), "train-labels-idx1-ubyte": labels(3)}, []string{"a", "b"}, datasets.ErrLabel, "label 2 of image 2, expected 0 to 1"},
		{"two sets", map[string][]byte{"a-train-images-idx3-ubyte": images(3), "b-train-labels-idx1-ubyte": labels(3)}, nil, nil, "several sets, a-train-images-idx3-ubyte and b-train-labels-idx1-ubyte"},
		{"two forms", map[string][]byte{"train-images-idx3-ubyte": images(3), "train-images.idx3-ubyte": images(3)}, nil, nil, "both train-images-idx3-ubyte and train-images.idx3-ubyte"},
		{"shapes", map[string][]byte{
			"train-images-idx3-ubyte": images(3), "train-labels-idx1-ubyte": labels(3),
			"t10k-images-idx3-ubyte": file(make([]byte, 3), 3, 1, 1), "t10k-labels-idx1-ubyte": labels(3),
		}, nil, datasets.ErrShape, "train images have the shape [1 1 2], test images [1 1 1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, c.files)
			_, _, err := idx.Open(dir, idx.Options{Classes: c.classes})
			if err == nil || !strings.Contains(err.Error(), c.said) || !strings.Contains(err.Error(), dir) {
				t.Fatalf("error %v, expected %q and the folder in it", err, c.said)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v is not %v", err, c.is)
			}
		})
	}
	if _, _, err := idx.Open(filepath.Join(t.TempDir(), "none"), idx.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestSet(t *testing.T) {
	colour := &idx.Array{Shape: []int{1, 3, 1, 2}, Data: []byte{0, 51, 102, 153, 204, 255}}
	one := &idx.Array{Shape: []int{1}, Data: []byte{1}}
	s, err := idx.NewSet(colour, one, []string{"cat", "dog"})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 6)
	if _, err := s.At(0, x); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{0, .2, .4, .6, .8, 1}, x); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{3, 1, 2}, s.Shape()); diff != "" {
		t.Error(diff)
	}
	if _, err := s.At(1, x); !errors.Is(err, datasets.ErrRange) {
		t.Errorf("beyond the end: %v", err)
	}
	if _, err := s.At(0, x[:5]); !errors.Is(err, datasets.ErrShape) {
		t.Errorf("short buffer: %v", err)
	}
	flat, err := idx.NewSet(&idx.Array{Shape: []int{1, 2}, Data: []byte{7, 8}}, one, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2}, flat.Shape()); diff != "" {
		t.Error(diff)
	}
	if _, err := idx.NewSet(&idx.Array{Shape: []int{1, 2}, Data: []byte{7}}, one, nil); !errors.Is(err, idx.ErrMismatch) {
		t.Errorf("bytes missing: %v", err)
	}
}

func TestSet_atAllocatesNothing(t *testing.T) {
	b := images(3)
	a, err := idx.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := idx.NewSet(a, &idx.Array{Shape: []int{3}, Data: make([]byte, 3)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 2)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := s.At(1, x); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations an image", n)
	}
}
