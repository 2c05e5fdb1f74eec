package classify

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/zoo/card"
)

// A random part that comes first is read from the files of a folder; behind another
// change, or of a set in memory, it is taken from the example.
func TestCropped(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := &image.Picture{Pix: make([]float32, 3*20*30), Channels: 3, Height: 20, Width: 30}
	if err := image.WritePNG(filepath.Join(dir, "a", "1.png"), p); err != nil {
		t.Fatal(err)
	}
	folder, err := image.OpenFolder(dir, image.FolderOptions{Height: 8, Width: 8})
	if err != nil {
		t.Fatal(err)
	}
	memory, err := datasets.NewInMemory([]int{3, 8, 8}, nil, make([]float32, 3*8*8), []int{0})
	if err != nil {
		t.Fatal(err)
	}
	in := &card.Input{Shape: []int{3, 8, 8}, Mean: []float32{0.5, 0.5, 0.5}, Std: []float32{1, 1, 1}}
	for _, tc := range []struct {
		augment string
		d       datasets.Dataset
		read    bool
	}{
		{"resizedcrop+flip", folder, true}, {"color+resizedcrop", folder, true},
		{"flip+resizedcrop", folder, false}, {"flip", folder, false}, {"none", folder, false},
		{"resizedcrop", memory, false}, {"resizedcrop", nil, false},
	} {
		list, err := parseAugment(tc.augment)
		if err != nil {
			t.Fatal(err)
		}
		c, err := cropped(list, in, 1, tc.d)
		if err != nil {
			t.Fatal(err)
		}
		if (c.part != nil) != tc.read || (c.transform == nil) != (tc.augment == "none") {
			t.Errorf("%s of %T: read in part %t, changed %t", tc.augment, tc.d, c.part != nil, c.transform != nil)
		}
		if c.part != nil {
			c.transform(make([]float32, 3*8*8), 0, 0)
			if part := c.part(0, 0); part.Height <= 0 || part.Top+part.Height > 1 {
				t.Errorf("part %+v", part)
			}
		}
	}
}
