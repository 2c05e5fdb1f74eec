package classify

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/idx"
	"github.com/hocsau/hocsau/zoo/card"
)

// TestFrame_byContent: a set without a name is taken for digits only where its
// pictures are framed as MNIST's.
func TestFrame_byContent(t *testing.T) {
	drawn, _ := digits.Open(1)
	clothes := make([]float32, 20*28*28)
	for i := range clothes { // up to the borders
		clothes[i] = float32(i%7) / 7
	}
	other, err := datasets.NewInMemory([]int{1, 28, 28}, []string{"a", "b"}, clothes, make([]int, 20))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		set  datasets.Dataset
		want card.Fit
	}{{"digits", drawn, card.Digit}, {"other", other, card.Crop}} {
		in := &card.Input{Shape: []int{1, 28, 28}}
		if err := frame(run.Settings{Data: "idx"}, in, c.set); err != nil || in.Fit != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, in.Fit, err, c.want)
		}
	}
	for name, want := range map[string]card.Fit{"mnist": card.Digit, "fashion-mnist": card.Crop} {
		dir := filepath.Join("../../../../shared/data", name)
		if _, err := os.Stat(dir); err != nil {
			t.Logf("%s is not there: not checked", dir)
			continue
		}
		train, _, err := idx.Open(dir, idx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		in := &card.Input{Shape: []int{1, 28, 28}}
		if err := frame(run.Settings{Data: "idx"}, in, train); err != nil || in.Fit != want {
			t.Errorf("%s: %s, %v; want %s", name, in.Fit, err, want)
		}
	}
}
