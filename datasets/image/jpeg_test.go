package image

import (
	"bytes"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The pictures of testdata were written and read by Pillow 12 and 13 with
// libjpeg-turbo 3 and libwebp 1.6: NAME.ppm is its reading of NAME.jpg or NAME.webp,
// over white, resized.ppm is jpeg444.ppm.resize((13, 40), BILINEAR). The animation
// moving.webp has two frames that are smaller than its canvas.
func TestRead_asItsLibrary(t *testing.T) {
	for _, c := range []struct {
		name string
		off  float64 // by how many levels a value may differ
	}{
		{"jpeg444.jpg", 0}, {"jpeg422.jpg", 0}, {"jpeg420.jpg", 0}, {"jpeg411.jpg", 0}, {"jpegrestart.jpg", 0},
		{"jpegprogressive.jpg", 0}, {"cmyk.jpg", 0}, {"lossy.webp", 0}, {"moving.webp", 0},
		{"alpha.webp", 0.51}, // Pillow rounds to bytes
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mustRead(t, filepath.Join("testdata", c.name))
			want := mustRead(t, filepath.Join("testdata", strings.TrimSuffix(c.name, filepath.Ext(c.name))+".ppm"))
			if !slices.Equal(got.Shape(), want.Shape()) {
				t.Fatalf("shape %v, want %v", got.Shape(), want.Shape())
			}
			worst := 0.0
			for i, v := range got.Pix {
				worst = max(worst, math.Abs(255*float64(v-want.Pix[i])))
			}
			if worst > c.off+1e-3 { // of float32
				t.Errorf("a value is off by %.2f levels, want at most %g", worst, c.off)
			}
		})
	}
}

func TestResize_asPillow(t *testing.T) {
	p, err := mustRead(t, filepath.Join("testdata", "jpeg444.ppm")).Resize(40, 13, Stretch)
	if err != nil {
		t.Fatal(err)
	}
	want := mustRead(t, filepath.Join("testdata", "resized.ppm"))
	if !slices.Equal(p.Shape(), want.Shape()) || !slices.Equal(p.Pix, want.Pix) {
		t.Errorf("shapes %v, %v; the values differ", p.Shape(), want.Shape())
	}
	if _, err := p.Resize(0, 5, Stretch); err == nil {
		t.Error("no error for a size of 0")
	}
}

func mustRead(t *testing.T, path string) *Picture {
	t.Helper()
	p, err := Read(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Pictures of Go's decoder get libjpeg's colours too; its transform rounds otherwise.
func TestFromImage_jpeg(t *testing.T) {
	for _, name := range []string{"jpeg444", "jpeg422", "jpeg420", "jpegprogressive"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".jpg"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := FromImage(m, Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := mustRead(t, filepath.Join("testdata", name+".ppm"))
		for i, v := range got.Pix {
			if d := math.Abs(255 * float64(v-want.Pix[i])); d > 3 {
				t.Errorf("%s: value %d is off by %.0f levels", name, i, d)
				break
			}
		}
	}
}

// Damaged files are read or refused, without a panic.
func TestDecode_damagedJPEG(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"jpeg444.jpg", "jpegrestart.jpg", "jpegprogressive.jpg"} {
		whole, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			_, _ = Decode(whole[:n], Options{})
		}
		for range 3000 {
			b := slices.Clone(whole)
			for range 1 + r.IntN(3) {
				b[r.IntN(len(b))] = byte(r.IntN(256))
			}
			_, _ = Decode(b, Options{MaxPixels: 1 << 16})
		}
	}
}

func FuzzDecodeJPEG(f *testing.F) {
	for _, name := range []string{"jpeg444.jpg", "jpegrestart.jpg", "jpeg420.jpg", "jpegprogressive.jpg"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		if p, err := Decode(b, Options{MaxPixels: 1 << 16}); err == nil {
			_ = p.Bytes()
		}
	})
}

func BenchmarkDecode_jpeg(b *testing.B) {
	data, err := os.ReadFile(filepath.Join("testdata", "jpeg420.jpg"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Decode(data, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
