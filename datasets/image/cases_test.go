package image

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hocsau/hocsau/internal/golden"
	"github.com/pkg/errors"
)

// Each picture of the cases has the size and the pixels that expect.json states.
func TestRead_cases(t *testing.T) {
	for _, name := range []string{
		"02-orientation-png-tiff-webp", "13-webp-lossy-colours", "23-gif-first-frame",
		"24-tiff-planar-fillorder", "25-bmp-kinds", "26-pbm",
	} {
		t.Run(name, func(t *testing.T) {
			var expect struct {
				Pictures []struct {
					File          string
					Width, Height int
					Pixels        [][5]float64 // x, y, red, green, blue
				}
				Tolerance float64
			}
			dir := golden.Everyday(t, name, &expect)
			if len(expect.Pictures) == 0 {
				t.Fatal("expect.json names no picture")
			}
			for _, want := range expect.Pictures {
				path := filepath.Join(dir, want.File)
				p := mustRead(t, path)
				w, h, err := Size(path, Options{})
				if err != nil || w != want.Width || h != want.Height || p.Width != w || p.Height != h {
					t.Errorf("%s: size %d×%d, %v; read %d×%d; want %d×%d", want.File, w, h, err, p.Width, p.Height, want.Width, want.Height)
					continue
				}
				for _, v := range want.Pixels {
					at := int(v[1])*w + int(v[0])
					for c := range 3 {
						if got := 255 * float64(p.Pix[c*w*h+at]); math.Abs(got-v[2+c]) > expect.Tolerance+1e-3 {
							t.Errorf("%s (%g, %g) channel %d: got %.2f, want %g ± %g", want.File, v[0], v[1], c, got, v[2+c], expect.Tolerance)
						}
					}
				}
			}
		})
	}
}

// A progressive file of some thousand empty scans ends at once.
func TestRead_hostileScans(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "cases", "hostile", "scans.jpg")
	if _, err := os.Stat(path); os.IsNotExist(err) {
		t.Skip("the cases are not beside this repository")
	}
	start := time.Now()
	_, err := Read(path, Options{MaxPixels: 1 << 30})
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want %v", err, ErrTooLarge)
	}
	if d := time.Since(start); d > 30*time.Second { // without a bound, minutes
		t.Errorf("took %v", d)
	}
}
