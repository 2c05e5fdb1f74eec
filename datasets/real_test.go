package datasets_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/idx"
)

// realData returns the folder of a known set, below $HOCSAU_DATA or beside
// the checkout, and skips the test where it is not there.
func realData(t *testing.T, name string) (string, datasets.Set) {
	t.Helper()
	set, err := datasets.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	root := os.Getenv(datasets.Variable)
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(set.Folder))); err != nil {
		t.Skipf("no real data: %v", err)
	}
	dir, err := datasets.Find(name, root)
	if err != nil {
		t.Fatal(err)
	}
	return dir, set
}

// histogram returns how many examples each class has.
func histogram(t *testing.T, d datasets.Dataset) []int {
	t.Helper()
	counts := make([]int, len(d.Classes()))
	l := datasets.NewLoader(d, datasets.LoaderOptions{Batch: 1000})
	defer l.Close()
	for l.Next() {
		for _, y := range l.Batch().Y {
			counts[y]++
		}
	}
	if err := l.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestReal(t *testing.T) {
	even := func(n int) []int { return []int{n, n, n, n, n, n, n, n, n, n} }
	for _, c := range []struct {
		name        string
		train, test []int   // examples a class
		mean, std   float64 // of the pixels of the train part, to four places
	}{
		{"mnist", []int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949},
			[]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, 0.1307, 0.3081},
		{"fashion-mnist", even(6000), even(1000), 0.2860, 0.3530},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, set := realData(t, c.name)
			train, test, err := idx.Open(dir, idx.Options{Classes: set.Classes})
			if err != nil {
				t.Fatal(err)
			}
			if train.Len() != 60000 || test.Len() != 10000 {
				t.Errorf("%d and %d images, expected 60000 and 10000", train.Len(), test.Len())
			}
			if diff := cmp.Diff([]int{1, 28, 28}, train.Shape()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(set.Classes, train.Classes()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.train, histogram(t, train)); diff != "" {
				t.Errorf("train: %s", diff)
			}
			if diff := cmp.Diff(c.test, histogram(t, test)); diff != "" {
				t.Errorf("test: %s", diff)
			}
			mean, std, err := datasets.Stats(train)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(float64(mean[0])-c.mean) > 5e-5 || math.Abs(float64(std[0])-c.std) > 5e-5 {
				t.Errorf("mean %.4f, deviation %.4f, expected %v, %v", mean[0], std[0], c.mean, c.std)
			}
		})
	}
}
