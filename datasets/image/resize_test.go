package image

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// plainResize is the definition: weights of 22 binary places, each axis rounded to bytes.
func plainResize(l *levels, height, width int) *levels {
	axis := func(at func(i int) byte, n, m, i int) byte {
		step := float64(n) / float64(m)
		reach, centre := max(step, 1), (float64(i)+0.5)*step
		first, last := max(0, int(centre-reach+0.5)), min(n, int(centre+reach+0.5))
		total := 0.0
		share := func(k int) float64 { return max(0, 1-math.Abs((float64(k)-centre+0.5)/reach)) }
		for k := first; k < last; k++ {
			total += share(k)
		}
		sum := int64(1) << (resizeBits - 1)
		for k := first; k < last; k++ {
			sum += int64(0.5+share(k)/total*(1<<resizeBits)) * int64(at(k))
		}
		return byte(min(sum>>resizeBits, 255))
	}
	wide := newLevels(l.channels, l.height, width)
	for r := range l.channels * l.height {
		for i := range width {
			wide.pix[r*width+i] = axis(func(k int) byte { return l.pix[r*l.width+k] }, l.width, width, i)
		}
	}
	out := newLevels(l.channels, height, width)
	for c := range l.channels {
		for i := range height {
			for x := range width {
				out.pix[(c*height+i)*width+x] = axis(func(k int) byte { return wide.pix[(c*l.height+k)*width+x] }, l.height, height, i)
			}
		}
	}
	return out
}

func TestLevels_resizePlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLevels(rapid.SampledFrom([]int{1, 3}).Draw(t, "channels"), rapid.IntRange(1, 40).Draw(t, "h"), rapid.IntRange(1, 40).Draw(t, "w"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		white := rapid.Bool().Draw(t, "white")
		for i := range l.pix {
			if l.pix[i] = byte(r.IntN(256)); white {
				l.pix[i] |= 0xfc
			}
		}
		h, w := rapid.IntRange(1, 50).Draw(t, "height"), rapid.IntRange(1, 50).Draw(t, "width")
		if got, want := l.resize(h, w), plainResize(l, h, w); !bytes.Equal(got.pix, want.pix) {
			t.Fatalf("[%d, %d, %d] to %d×%d: got %v, want %v", l.channels, l.height, l.width, h, w, got.pix, want.pix)
		}
	})
}

// More inputs an output than words can sum.
func TestLevels_resizeFar(t *testing.T) {
	l := newLevels(1, 1, 3*mostWeights)
	for i := range l.pix {
		l.pix[i] = 255
	}
	if got := l.resize(1, 2); got.pix[0] != 255 || got.pix[1] != 255 {
		t.Errorf("white became %v", got.pix)
	}
	l.height, l.width = l.width, 1
	if got := l.resize(2, 1); got.pix[0] != 255 || got.pix[1] != 255 {
		t.Errorf("white became %v", got.pix)
	}
}

// A folder keeps what Read and Resize give.
func TestFolder_asReadAndResize(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"jpeg420.jpg", "cmyk.jpg", "lossy.webp", "alpha.webp", "resized.ppm"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "a", name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []FolderOptions{
		{Height: 9, Width: 13}, {Height: 20, Width: 7, Fit: CenterCrop}, {Height: 9, Width: 13, CacheBytes: -1, Options: Options{Channels: 1}},
	} {
		f, err := OpenFolder(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, f.Shape()[0]*o.Height*o.Width)
		for i := range f.Len() {
			if _, err := f.At(i, x); err != nil {
				t.Fatal(err)
			}
			p, err := Read(f.Path(i), o.Options)
			if err == nil {
				p, err = p.Resize(o.Height, o.Width, o.Fit)
			}
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range p.Pix {
				if x[k] != v {
					t.Fatalf("%s, value %d: got %v, want %v", f.Path(i), k, x[k], v)
				}
			}
		}
	}
}

// photograph is a JPEG like one of a camera: soft shapes, some noise, 4:2:0.
func photograph(b *testing.B, height, width int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewPCG(1, 2))
	for y := range height {
		for x := range width {
			s := math.Sin(float64(x)/37) + math.Sin(float64(y)/23) + math.Sin(float64(x+y)/11)/3
			g := func(phase float64) uint8 { return uint8(min(max(128+60*math.Sin(s+phase)+8*r.NormFloat64(), 0), 255)) }
			m.SetRGBA(x, y, color.RGBA{R: g(0), G: g(1), B: g(2), A: 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// From the bytes of a JPEG of 500×375 to 224×224.
func BenchmarkFolder_decode(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.jpg")
	data := photograph(b, 375, 500)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.Fatal(err)
	}
	o, err := Options{}.withDefaults()
	if err != nil {
		b.Fatal(err)
	}
	f := &Folder{o: FolderOptions{Options: o, Height: 224, Width: 224}}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := f.decode(path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPicture_Resize(b *testing.B) {
	p, err := Decode(photograph(b, 375, 500), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Resize(224, 224, Stretch); err != nil {
			b.Fatal(err)
		}
	}
}
