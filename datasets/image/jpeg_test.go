package image

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The pictures of testdata were written and read by Pillow 12 with libjpeg-turbo
// 3: jpegNAME.ppm is its reading of jpegNAME.jpg, resized.ppm is
// jpeg444.ppm.resize((13, 40), BILINEAR).
func TestRead_jpegAsLibjpeg(t *testing.T) {
	for _, c := range []struct {
		name string
		off  float64 // by how many levels a value may differ
	}{
		{"jpeg444", 0}, {"jpeg422", 0}, {"jpeg420", 0}, {"jpegrestart", 0},
		{"jpegprogressive", 2}, // by Go's decoder, whose transform rounds otherwise
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mustRead(t, filepath.Join("testdata", c.name+".jpg"))
			want := mustRead(t, filepath.Join("testdata", c.name+".ppm"))
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
			data, err := os.ReadFile(filepath.Join("testdata", c.name+".jpg"))
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := decodeBaseline(data); ok != (c.off == 0) {
				t.Errorf("decoded as baseline: %t", ok)
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

// Damaged files are read or refused, without a panic.
func TestDecode_damagedJPEG(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"jpeg444.jpg", "jpegrestart.jpg"} {
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

func FuzzDecodeBaseline(f *testing.F) {
	for _, name := range []string{"jpeg444.jpg", "jpegrestart.jpg", "jpeg420.jpg"} {
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
