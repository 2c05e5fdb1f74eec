package plot_test

import (
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/plot"
)

// shade is a picture of one colour.
func shade(c color.Color, w, h int) image.Image {
	m := image.NewRGBA(image.Rect(3, 5, 3+w, 5+h)) // a corner away from the origin
	for y := range h {
		for x := range w {
			m.Set(3+x, 5+y, c)
		}
	}
	return m
}

func TestWriteGIF(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.gif")
	grey, red := color.RGBA{77, 77, 77, 255}, color.RGBA{255, 0, 0, 255}
	if err := plot.WriteGIF(path, []image.Image{shade(grey, 8, 6), shade(red, 8, 6)}, 100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := gif.DecodeAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Image) != 2 || g.Delay[0] != 10 || g.Delay[1] != 200 || g.Image[0].Bounds().Size() != image.Pt(8, 6) {
		t.Errorf("%d frames of %v, delays %v", len(g.Image), g.Image[0].Bounds(), g.Delay)
	}
	for i, want := range []color.RGBA{grey, red} {
		if got := color.RGBAModel.Convert(g.Image[i].At(4, 3)); got != want {
			t.Errorf("frame %d: %v, want %v", i, got, want)
		}
	}
	for _, c := range []struct {
		frames []image.Image
		want   string
	}{
		{nil, "no frames"},
		{[]image.Image{shade(grey, 2, 2), shade(grey, 3, 2)}, "frame 1 is (3,2), expected (2,2)"},
	} {
		if err := plot.WriteGIF(path, c.frames, time.Second); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
}
