package train

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/idx"
)

func firstOf(tb testing.TB, d datasets.Dataset, n int) datasets.Dataset {
	tb.Helper()
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	s, err := datasets.Subset(d, order)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestNewJudge(t *testing.T) {
	trainPart, testPart := digits.Open(1)
	small, few := firstOf(t, trainPart, 2000), firstOf(t, testPart, 300)
	j, accuracy, err := NewJudge(t.Context(), small, few, 0.13, 0.31, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if accuracy < 0.6 { // a tenth of an epoch of the whole set
		t.Errorf("accuracy %.3f", accuracy)
	}
	path := filepath.Join(t.TempDir(), "judge.safetensors")
	if err := j.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := LoadJudge(path, 10, 0.13, 0.31)
	if err != nil {
		t.Fatal(err)
	}
	x, err := pictures(few, 300)
	if err != nil {
		t.Fatal(err)
	}
	f1, p1, err := j.Look(x)
	if err != nil {
		t.Fatal(err)
	}
	f2, p2, err := again.Look(x)
	if err != nil || !slices.Equal(f1, f2) || !slices.Equal(p1, p2) {
		t.Errorf("the judge from its file sees other things (%v)", err)
	}
	truth, err := j.Features(small, 1000)
	if err != nil {
		t.Fatal(err)
	}
	good, err := j.Judge(x, truth)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := j.Judge(slices.Repeat([]float32{0.5}, 300*28*28), truth)
	if err != nil {
		t.Fatal(err)
	}
	if good.Covered(presentShare) != 10 || good.evenness() < 0.9 || bad.Covered(presentShare) != 1 || !(good.Frechet < bad.Frechet/4) {
		t.Errorf("real digits %+v, grey pictures %+v", good, bad)
	}
	if names := good.Metrics("val_"); names[0].Name != "val_frechet" || names[1].Name != "val_class_entropy" {
		t.Errorf("metrics %v", names)
	}
}

func TestLoadJudge_errors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if _, err := LoadJudge(path, 10, 0, 1); err == nil || !strings.Contains(err.Error(), "judge") {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(path, []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadJudge(path, 10, 0, 1); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	j, err := newJudge(1, 10, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := j.Look(make([]float32, 100)); err == nil || !strings.Contains(err.Error(), "expected pictures of 1×28×28") {
		t.Errorf("error %v", err)
	}
}

// The judge beside the checkout, where there is one, sees in real training
// digits what its maker saw: a distance of 1.8 from the test pictures.
func TestLoadJudge_shared(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data")
	path := filepath.Join(root, "weights", "lenet-judge", "lenet_judge.safetensors")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s", path)
	}
	j, err := LoadJudge(path, 10, 0.1307, 0.3081)
	if err != nil {
		t.Fatal(err)
	}
	trainPart, testPart, err := idx.Open(filepath.Join(root, "mnist"), idx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	truth, err := j.Features(testPart, 10000)
	if err != nil {
		t.Fatal(err)
	}
	x, err := pictures(trainPart, 5000)
	if err != nil {
		t.Fatal(err)
	}
	v, err := j.Judge(x, truth)
	if err != nil || v.Frechet < 1.75 || v.Frechet > 1.85 || v.Entropy < 2.29 {
		t.Errorf("%+v, %v, want a distance of 1.8", v, err)
	}
}
