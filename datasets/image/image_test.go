package image

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"pgregory.net/rapid"
)

// patches returns a picture of 8×8 squares red, green over blue, white.
func patches() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	quarter := [4]color.NRGBA{{R: 255, A: 255}, {G: 255, A: 255}, {B: 255, A: 255}, {R: 255, G: 255, B: 255, A: 255}}
	for y := range 16 {
		for x := range 16 {
			m.SetNRGBA(x, y, quarter[y/8*2+x/8])
		}
	}
	return m
}

func encoded(t *testing.T, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, patches())
	case "jpeg":
		err = jpeg.Encode(&b, patches(), &jpeg.Options{Quality: 100})
	case "gif":
		err = gif.Encode(&b, patches(), nil)
	case "bmp":
		err = bmp.Encode(&b, patches())
	case "tiff":
		err = tiff.Encode(&b, patches(), &tiff.Options{Compression: tiff.Deflate})
	case "webp":
		b.Write(webp1x1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webp1x1 is a lossless WebP of one colour, alpha 255, red 0x40, green 0x80, blue 0xc0, written bit by bit
// from the VP8L specification: five simple codes of one symbol each.
var webp1x1 = makeWebP(1, 1, 0x40, 0x80, 0xc0, 0xff)

func makeWebP(width, height, r, g, b, a uint32) []byte {
	var bits []byte
	n := 0
	put := func(v uint32, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	put(0x2f, 8)
	put(width-1, 14)
	put(height-1, 14)
	put(1, 1) // alpha is used
	put(0, 3) // version
	put(0, 1) // no transform
	put(0, 1) // no colour cache
	put(0, 1) // one set of codes
	for _, v := range []uint32{g, r, b, a} {
		put(1, 1) // simple code
		put(0, 1) // one symbol
		put(1, 1) // of eight bits
		put(v, 8)
	}
	put(1, 1) // distance code: one symbol of one bit
	put(0, 1)
	put(0, 1)
	put(0, 1)
	if len(bits)%2 == 1 {
		bits = append(bits, 0)
	}
	out := []byte("RIFF")
	out = binary.LittleEndian.AppendUint32(out, uint32(12+len(bits)))
	out = append(out, "WEBPVP8L"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(bits)))
	return append(out, bits...)
}

func TestDecode_formats(t *testing.T) {
	// corner pixels of the four patches
	want := [4][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}}
	for _, format := range []string{"png", "jpeg", "gif", "bmp", "tiff"} {
		t.Run(format, func(t *testing.T) {
			p, err := Decode(encoded(t, format), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Channels != 3 || p.Height != 16 || p.Width != 16 {
				t.Fatalf("shape %v", p.Shape())
			}
			tol := float32(0)
			if format == "jpeg" {
				tol = 0.02 // 8 bit YCbCr, chroma halved
			}
			for q, at := range []int{0, 15, 15 * 16, 255} {
				for c := range 3 {
					if got := p.Pix[c*256+at]; max(got-want[q][c], want[q][c]-got) > tol {
						t.Errorf("patch %d channel %d: got %v, want %v", q, c, got, want[q][c])
					}
				}
			}
		})
	}
}

func TestDecode_webp(t *testing.T) {
	p, err := Decode(webp1x1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range []float32{0x40 / 255., 0x80 / 255., 0xc0 / 255.} {
		if got := p.Pix[c]; max(got-want, want-got) > 1e-6 {
			t.Errorf("channel %d: got %v, want %v", c, got, want)
		}
	}
}

func TestDecode_alphaOverBackground(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	m.SetNRGBA(0, 0, color.NRGBA{R: 255, A: 51}) // a fifth of red
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		background color.Color
		want       []float32 // channel by channel, two pixels each
	}{
		{nil, []float32{1, 1, 0.8, 1, 0.8, 1}},
		{color.Black, []float32{0.2, 0, 0, 0, 0, 0}},
	} {
		p, err := Decode(b.Bytes(), Options{Background: tc.background})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range tc.want {
			if got := p.Pix[i]; max(got-want, want-got) > 1e-4 { // 16 bit colours
				t.Errorf("background %v, value %d: got %v, want %v", tc.background, i, got, want)
			}
		}
	}
}

func TestDecode_gray16(t *testing.T) {
	m := image.NewGray16(image.Rect(0, 0, 1, 1))
	m.SetGray16(0, 0, color.Gray16{Y: 0x1234})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	p, err := Decode(b.Bytes(), Options{Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := float32(0x1234) / 0xffff; max(p.Pix[0]-want, want-p.Pix[0]) > 1e-6 {
		t.Errorf("got %v, want %v: 16 bits are kept", p.Pix[0], want)
	}
}

// withOrientation puts an EXIF segment into a JPEG.
func withOrientation(jpg []byte, o uint16, order binary.AppendByteOrder, mark string) []byte {
	body := append([]byte("Exif\x00\x00"), mark...)
	body = order.AppendUint16(body, 42)
	body = order.AppendUint32(body, 8)
	body = order.AppendUint16(body, 1)
	body = order.AppendUint16(body, tagOrientation)
	body = order.AppendUint16(body, 3)
	body = order.AppendUint32(body, 1)
	body = order.AppendUint16(body, o)
	body = append(body, 0, 0, 0, 0, 0, 0)
	out := append([]byte{}, jpg[:2]...)
	out = append(out, 0xff, 0xe1, byte((len(body)+2)>>8), byte(len(body)+2))
	out = append(out, body...)
	return append(out, jpg[2:]...)
}

func TestDecode_exifOrientation(t *testing.T) {
	// where the stored patches 0 1 / 2 3 are seen, row by row
	seen := map[uint16]string{1: "0123", 2: "1032", 3: "3210", 4: "2301", 5: "0213", 6: "2031", 7: "3120", 8: "1302"}
	jpg := encoded(t, "jpeg")
	patch := func(p *Picture, at int) byte {
		r, g, b := p.Pix[at] > 0.5, p.Pix[256+at] > 0.5, p.Pix[512+at] > 0.5
		switch {
		case r && g && b:
			return '3'
		case r:
			return '0'
		case g:
			return '1'
		}
		return '2'
	}
	for o, want := range seen {
		for mark, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {
			p, err := Decode(withOrientation(jpg, o, order, mark), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := string([]byte{patch(p, 17), patch(p, 30), patch(p, 14*16+1), patch(p, 14*16+14)})
			if got != want {
				t.Errorf("orientation %d, %s: got %s, want %s", o, mark, got, want)
			}
		}
	}
}

func TestDecode_failures(t *testing.T) {
	pngBytes := encoded(t, "png")
	bomb := append([]byte{}, pngBytes...)
	binary.BigEndian.PutUint32(bomb[16:], 1<<30) // the width that IHDR claims
	for _, tc := range []struct {
		name string
		data []byte
		o    Options
		is   error
		says string
	}{
		{"empty", nil, Options{}, ErrTruncated, "empty file"},
		{"text", []byte("hello, world"), Options{}, ErrFormat, `"hello, w"`},
		{"png cut", pngBytes[:len(pngBytes)/2], Options{}, ErrTruncated, "PNG"},
		{"jpeg cut", encoded(t, "jpeg")[:300], Options{}, ErrTruncated, "JPEG"},
		{"gif cut", encoded(t, "gif")[:100], Options{}, ErrTruncated, "GIF"},
		{"bmp cut", encoded(t, "bmp")[:100], Options{}, ErrTruncated, "BMP"},
		{"tiff cut", encoded(t, "tiff")[:20], Options{}, nil, "TIFF"},
		{"webp cut", webp1x1[:20], Options{}, nil, "WebP"},
		{"png with a wrong sum", bomb, Options{}, nil, "PNG header"},
		{"pixels above the limit", pngBytes, Options{MaxPixels: 255}, ErrTooLarge, "16×16 pixels, limit 255"},
		{"channels", pngBytes, Options{Channels: 2}, nil, "found 2, expected 1 (grey) or 3 (RGB)"},
		{"pgm cut", []byte("P5 4 4 255\n123"), Options{}, ErrTruncated, "needs at least 16 more bytes, found 3"},
		{"pgm without size", []byte("P5 "), Options{}, ErrTruncated, "width"},
		{"pgm with a huge size", []byte("P5 1000000000 1000000000 255\n1"), Options{}, ErrTooLarge, "limit"},
		{"pgm with a longer number", []byte("P5 99999999999999999999 1 255\n1"), Options{}, nil, "width"},
		{"pgm of no size", []byte("P5 0 1 255\n1"), Options{}, nil, "0×1"},
		{"pgm maxval 0", []byte("P5 1 1 0\n1"), Options{}, nil, "found 0"},
		{"pgm maxval above", []byte("P5 1 1 65536\n11"), Options{}, nil, "above 65535"},
		{"pgm sample above maxval", []byte("P5 1 1 10\n\x0b"), Options{}, nil, "found 11, expected at most 10"},
		{"pgm letters", []byte("P2 1 1 10 x"), Options{}, nil, "found 'x', expected a number"},
		{"pbm letters", []byte("P1 2 1 1 2"), Options{}, nil, "found '2', expected 0 or 1"},
		{"pbm cut", []byte("P4 10 2 \x00"), Options{}, ErrTruncated, "needs at least 4 more bytes, found 1"},
		{"pfm of light", []byte("Pf 1 1 -1\n\x00\x00\x48\x41"), Options{}, nil, "floating-point samples from 12.5 to 12.5"},
		{"pfm without scale", []byte("Pf 1 1 x\n1234"), Options{}, nil, `scale: found "x"`},
		{"pgm text cut", []byte("P2 2 1 200\n123 "), Options{}, ErrTruncated, "sample 1 of 2"},
	} {
		_, err := Decode(tc.data, tc.o)
		if err == nil {
			t.Errorf("%s: no error", tc.name)
			continue
		}
		if tc.is != nil && !errors.Is(err, tc.is) {
			t.Errorf("%s: %v is not %v", tc.name, err, tc.is)
		}
		if !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %q does not say %q", tc.name, err, tc.says)
		}
	}
}

func TestRead_failuresNameThePath(t *testing.T) {
	dir := t.TempDir()
	cut := filepath.Join(dir, "cut.png")
	if err := os.WriteFile(cut, encoded(t, "png")[:40], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		path string
		o    Options
		says string
	}{
		{filepath.Join(dir, "none.png"), Options{}, "no such file"},
		{dir, Options{}, "not a regular file"},
		{cut, Options{}, "file ends before"},
		{cut, Options{MaxBytes: 10}, "40 bytes, limit 10"},
	} {
		_, err := Read(tc.path, tc.o)
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Count(err.Error(), tc.path) != 1 {
			t.Errorf("%s: %v: expected the path once, with %q", tc.path, err, tc.says)
		}
	}
}

func TestEncodePNG_roundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Picture{Channels: rapid.SampledFrom([]int{1, 3}).Draw(t, "channels"), Height: rapid.IntRange(1, 9).Draw(t, "h"), Width: rapid.IntRange(1, 9).Draw(t, "w")}
		for range p.Channels * p.Height * p.Width {
			p.Pix = append(p.Pix, float32(rapid.Byte().Draw(t, "v"))/255)
		}
		var b bytes.Buffer
		if err := EncodePNG(&b, p); err != nil {
			t.Fatal(err)
		}
		q, err := Decode(b.Bytes(), Options{Channels: p.Channels})
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Pix {
			if p.Pix[i] != q.Pix[i] {
				t.Fatalf("value %d: wrote %v, read %v", i, p.Pix[i], q.Pix[i])
			}
		}
	})
}

func TestWritePNG(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.png")
	p := &Picture{Pix: []float32{0, 1}, Channels: 1, Height: 1, Width: 2}
	for range 2 { // the second replaces the first
		if err := WritePNG(path, p); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: expected one file", entries, err)
	}
	err := WritePNG(filepath.Join(dir, "no", "a.png"), p)
	if err == nil || !strings.Contains(err.Error(), "write image") {
		t.Errorf("got %v", err)
	}
	err = WritePNG(path, &Picture{Pix: []float32{0}, Channels: 1, Height: 1, Width: 2})
	if err == nil || !strings.Contains(err.Error(), "1 values do not fill [1, 1, 2]") {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("P2 1 1 4 1"))
	f.Add([]byte("P6\n2 1\n255\n\x00\x33\x66\x99\xcc\xff"))
	f.Add(webp1x1)
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	b.Reset()
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2)), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(withOrientation(b.Bytes(), 6, binary.LittleEndian, "II"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Decode(data, Options{MaxPixels: 1 << 12})
		if err != nil {
			return
		}
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		for _, v := range p.Pix {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("value %v outside 0..1", v)
			}
		}
	})
}
