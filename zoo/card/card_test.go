package card_test

import (
	"encoding/json"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	dimage "github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/zoo/card"
)

func example() *card.Card {
	c := card.New("lenet", card.Classify, "digits")
	c.Input = &card.Input{Shape: []int{1, 28, 28}, Fit: card.Digit, Mean: []float32{0.1}, Std: []float32{0.3}}
	c.Classes = []string{"0", "1"}
	return c
}

// TestParse_whatItWrote: a card that is saved is read as it was.
func TestParse_whatItWrote(t *testing.T) {
	want := example()
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := card.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(got); string(again) != string(b) {
		t.Errorf("read %s, wrote %s", again, b)
	}
}

// TestParse_refuses: what a card lacks is named.
func TestParse_refuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(c *card.Card)
		want  string
	}{
		{"no version", func(c *card.Card) { c.Version = 0 }, "no version"},
		{"newer", func(c *card.Card) { c.Version = 99 }, "version 99"},
		{"no model", func(c *card.Card) { c.Model = "" }, "does not name its model"},
		{"task", func(c *card.Card) { c.Task = "dream" }, `unknown task "dream"`},
		{"classes", func(c *card.Card) { c.Classes = nil }, "no classes"},
		{"input", func(c *card.Card) { c.Input = nil }, "no input"},
		{"shape", func(c *card.Card) { c.Input.Shape = []int{1, 1 << 20, 1 << 20} }, "at most 2^28"},
		{"deviation", func(c *card.Card) { c.Input.Std = []float32{0} }, "expected a positive number"},
		{"means", func(c *card.Card) { c.Input.Mean = []float32{1, 2} }, "2 means and 1 deviations"},
		{"digits", func(c *card.Card) { c.Input.Shape = []int{1, 32, 32} }, "framed as digits"},
		{"order", func(c *card.Card) { c.Input.BGR = true }, "expected 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := example()
			c.spoil(x)
			b, err := json.Marshal(x)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := card.Parse(b); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// FuzzParse: no card brings Parse down, and what it takes can be used.
func FuzzParse(f *testing.F) {
	b, _ := json.Marshal(example())
	f.Add(b)
	f.Add([]byte(`{"version":1,"model":"x","task":"translate","text":{"source":{}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := card.Parse(b)
		if err != nil {
			return
		}
		if c.Input != nil && c.Input.Len() > 1<<28 {
			t.Errorf("input of %v", c.Input.Shape)
		}
		c.Clone()
	})
}

// picture draws a picture whose pixels all differ.
func picture(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8((x + y) % 256), 255})
		}
	}
	return m
}

// TestInput_oneWay: a picture in memory, in a file, and in a data set become the
// same input.
func TestInput_oneWay(t *testing.T) {
	for _, fit := range []card.Fit{card.Crop, card.Stretch} {
		for _, size := range [][2]int{{64, 20}, {20, 64}, {32, 32}, {3, 5}} {
			in := &card.Input{Shape: []int{3, 32, 32}, Fit: fit, Mean: []float32{0.4, 0.5, 0.6}, Std: []float32{0.2, 0.3, 0.4}, BGR: true}
			m := picture(size[0], size[1])
			a, err := in.FromImage(m)
			if err != nil {
				t.Fatal(err)
			}
			p, err := dimage.FromImage(m, dimage.Options{Channels: 3})
			if err != nil {
				t.Fatal(err)
			}
			root := t.TempDir()
			if err := os.MkdirAll(filepath.Join(root, "class"), 0o777); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(root, "class", "a.png")
			if err := dimage.WritePNG(path, p); err != nil {
				t.Fatal(err)
			}
			b, err := in.Read(path)
			if err != nil {
				t.Fatal(err)
			}
			folder, err := dimage.OpenFolder(root, dimage.FolderOptions{Options: dimage.Options{Channels: 3}, Height: 32, Width: 32, Fit: in.ImageFit()})
			if err != nil {
				t.Fatal(err)
			}
			set, err := in.Dataset(folder)
			if err != nil {
				t.Fatal(err)
			}
			c := make([]float32, in.Len())
			if _, err := set.At(0, c); err != nil {
				t.Fatal(err)
			}
			array, err := datasets.NewInMemory([]int{3, size[1], size[0]}, []string{"class"}, p.Pix, []int{0})
			if err != nil {
				t.Fatal(err)
			}
			if set, err = in.Dataset(array); err != nil {
				t.Fatal(err)
			}
			d := make([]float32, in.Len())
			if _, err := set.At(0, d); err != nil {
				t.Fatal(err)
			}
			for name, x := range map[string][]float32{"file": b, "folder": c, "array": d} {
				if !slices.Equal(x, a) {
					t.Errorf("%s %v: the input of the %s differs from that of the image", fit, size, name)
				}
			}
			in.Restore(a)
			if got, want := a[0], float64(0); math.Abs(float64(got)-want) > 1.5 {
				t.Errorf("restored pixel %g", got)
			}
		}
	}
}

// TestInput_digitAsItIs: a picture that is framed as MNIST's are is taken as it
// is; one that lies elsewhere is framed.
func TestInput_digitAsItIs(t *testing.T) {
	in := &card.Input{Shape: []int{1, 28, 28}, Fit: card.Digit}
	for _, c := range []struct {
		top  int
		same bool
	}{{4, true}, {1, false}} {
		p := &dimage.Picture{Channels: 1, Height: 28, Width: 28, Pix: make([]float32, 28*28)}
		for y := range 20 {
			p.Pix[(c.top+y)*28+13], p.Pix[(c.top+y)*28+14] = 1, 1
		}
		x, err := in.Prepare(p)
		if err != nil || slices.Equal(x, p.Pix) != c.same {
			t.Errorf("ink from row %d on: taken as it is %v, %v; want %v", c.top, !c.same, err, c.same)
		}
	}
}
