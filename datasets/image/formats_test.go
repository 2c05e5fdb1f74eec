package image

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"pgregory.net/rapid"
)

// tiffTag is a field of a TIFF that a test writes, of SHORT numbers where they fit, else LONG.
type tiffTag struct {
	tag    uint16
	values []int
}

// writeTIFF makes a file of strips or tiles, given as they are to be stored. The
// tags of their places are added: tiles where a width of tiles is given.
func writeTIFF(order binary.AppendByteOrder, big bool, chunks [][]byte, tags ...tiffTag) []byte {
	out := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		out = []byte("MM")
	}
	start := 8
	if big {
		out = order.AppendUint16(out, 43)
		out = order.AppendUint16(order.AppendUint16(out, 8), 0)
		start = 16
	} else {
		out = order.AppendUint16(out, 42)
	}
	at := start
	places, sizes := tiffTag{tag: tiffStripOffsets}, tiffTag{tag: tiffStripBytes}
	for _, t := range tags {
		if t.tag == tiffTileWidth {
			places.tag, sizes.tag = tiffTileOffsets, tiffTileBytes
		}
	}
	for _, c := range chunks {
		places.values, sizes.values = append(places.values, at), append(sizes.values, len(c))
		at += len(c)
	}
	number := func(b []byte, v int, wide bool) []byte {
		if wide {
			return order.AppendUint64(b, uint64(v))
		}
		return order.AppendUint32(b, uint32(v))
	}
	out = number(out, at, big)
	for _, c := range chunks {
		out = append(out, c...)
	}
	tags = append(slices.Clone(tags), places, sizes)
	slices.SortFunc(tags, func(a, b tiffTag) int { return int(a.tag) - int(b.tag) })
	entry, count, inside := 12, 2, 4
	if big {
		entry, count, inside = 20, 8, 8
	}
	far := at + count + entry*len(tags) + inside
	var beyond []byte
	if big {
		out = order.AppendUint64(out, uint64(len(tags)))
	} else {
		out = order.AppendUint16(out, uint16(len(tags)))
	}
	for _, t := range tags {
		var body []byte
		kind := uint16(3)
		if slices.Max(t.values) > math.MaxUint16 {
			kind = 4
		}
		for _, v := range t.values {
			if kind == 3 {
				body = order.AppendUint16(body, uint16(v))
			} else {
				body = order.AppendUint32(body, uint32(v))
			}
		}
		out = order.AppendUint16(order.AppendUint16(out, t.tag), kind)
		out = number(out, len(t.values), big)
		if len(body) > inside {
			out = number(out, far+len(beyond), big)
			beyond = append(beyond, body...)
			continue
		}
		out = append(out, append(body, make([]byte, inside-len(body))...)...)
	}
	out = append(out, make([]byte, inside)...) // no further directory
	return append(out, beyond...)
}

// quarters is a picture of four colours, as bytes r, g, b that stand together.
func quarters(w, h int) []byte {
	colours := [4][3]byte{{220, 30, 30}, {30, 200, 30}, {30, 30, 220}, {230, 230, 40}}
	out := make([]byte, 0, 3*w*h)
	for y := range h {
		for x := range w {
			c := colours[2*(2*y/h)+2*x/w]
			out = append(out, c[:]...)
		}
	}
	return out
}

func rgbTags(w, h int, more ...tiffTag) []tiffTag {
	return append([]tiffTag{
		{tiffWidth, []int{w}}, {tiffHeight, []int{h}}, {tiffBits, []int{8, 8, 8}},
		{tiffCompression, []int{tiffPlain}}, {tiffPhotometric, []int{tiffRGB}}, {tiffSamples, []int{3}},
	}, more...)
}

// exifBlock is an EXIF block that states the orientation.
func exifBlock(order binary.AppendByteOrder, o int) []byte {
	return writeTIFF(order, false, [][]byte{{0}}, tiffTag{tagOrientation, []int{o}})
}

// turnedFiles are files of each format that can say how it is to be turned, w×h, with orientation o.
func turnedFiles(t *rapid.T, w, h, o int, order binary.AppendByteOrder) map[string][]byte {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	rgb := quarters(w, h)
	for i := range w * h {
		m.SetNRGBA(i%w, i/w, color.NRGBA{R: rgb[3*i], G: rgb[3*i+1], B: rgb[3*i+2], A: 255})
	}
	var p, j, g bytes.Buffer
	for _, err := range []error{png.Encode(&p, m), jpeg.Encode(&j, m, &jpeg.Options{Quality: 95}), gif.Encode(&g, m, nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	exif := exifBlock(order, o)
	xmp := []byte(`<rdf tiff:Orientation="` + string(rune('0'+o)) + `">`)
	return map[string][]byte{
		"PNG":      withPNGChunk(p.Bytes(), "eXIf", exif),
		"PNG, XMP": withPNGChunk(p.Bytes(), "iTXt", append([]byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"), xmp...)),
		"PNG, raw": withPNGChunk(p.Bytes(), "tEXt", rawProfileOf(exif)),
		"JPEG":     withSegment(j.Bytes(), append([]byte("Exif\x00\x00"), exif...)),
		"JPEG, XMP": withSegment(j.Bytes(),
			append([]byte("http://ns.adobe.com/xap/1.0/\x00"), xmp...)),
		"TIFF":    writeTIFF(order, false, [][]byte{rgb}, rgbTags(w, h, tiffTag{tagOrientation, []int{o}})...),
		"BigTIFF": writeTIFF(order, true, [][]byte{rgb}, rgbTags(w, h, tiffTag{tagOrientation, []int{o}})...),
	}
}

func rawProfileOf(exif []byte) []byte {
	const digits = "0123456789abcdef"
	out := []byte("Raw profile type exif\x00\nexif\n      99\n")
	for i, b := range exif {
		out = append(out, digits[b>>4], digits[b&15])
		if i%36 == 35 {
			out = append(out, '\n')
		}
	}
	return out
}

func withPNGChunk(file []byte, name string, body []byte) []byte {
	const header = 8 + 25
	out := slices.Clone(file[:header])
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	out = append(append(out, name...), body...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(append([]byte(name), body...)))
	return append(out, file[header:]...)
}

func withSegment(file, body []byte) []byte {
	out := append(slices.Clone(file[:2]), 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(append(out, body...), file[2:]...)
}

// In each format and orientation Size is what Read gives, and the corners are where they are to be seen.
func TestRead_sizeAndOrientation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := 16*rapid.IntRange(1, 3).Draw(t, "w"), 16*rapid.IntRange(1, 3).Draw(t, "h")
		o := rapid.IntRange(1, 8).Draw(t, "orientation")
		order := rapid.SampledFrom([]binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}).Draw(t, "order")
		rgb := quarters(w, h)
		for name, data := range turnedFiles(t, w, h, o, order) {
			p, err := Decode(data, Options{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			opts, _ := Options{}.withDefaults()
			sw, sh, err := size(data, opts)
			if err != nil || sw != p.Width || sh != p.Height {
				t.Fatalf("%s, orientation %d: size %d×%d, %v; read %d×%d", name, o, sw, sh, err, p.Width, p.Height)
			}
			if (o >= 5) != (sw == h && sh == w) && w != h {
				t.Fatalf("%s, orientation %d: %d×%d from %d×%d", name, o, sw, sh, w, h)
			}
			for _, c := range [][2]int{{0, 0}, {0, sw - 1}, {sh - 1, 0}, {sh - 1, sw - 1}} {
				y, x := stored(o, c[0], c[1], h, w)
				for k := range 3 {
					got, want := 255*p.Pix[(k*sh+c[0])*sw+c[1]], float32(rgb[3*(y*w+x)+k])
					if math.Abs(float64(got-want)) > 6 { // of JPEG
						t.Fatalf("%s, orientation %d, pixel %v: got %.0f, want %.0f", name, o, c, got, want)
					}
				}
			}
		}
	})
}

// withEXIF makes an extended file of a simple one.
func withEXIF(webp, exif []byte, w, h int) []byte {
	add := func(out []byte, name string, body []byte) []byte {
		out = binary.LittleEndian.AppendUint32(append(out, name...), uint32(len(body)))
		out = append(out, body...)
		return append(out, make([]byte, len(body)%2)...)
	}
	out := add([]byte("RIFF\x00\x00\x00\x00WEBP"), "VP8X", []byte{0x18, 0, 0, 0, byte(w - 1), 0, 0, byte(h - 1), 0, 0})
	out = append(out, webp[12:]...)
	out = add(out, "EXIF", exif)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func TestSize_webpTurned(t *testing.T) {
	for o := 1; o <= 8; o++ {
		data := withEXIF(makeWebP(7, 3, 1, 2, 3, 255), exifBlock(binary.BigEndian, o), 7, 3)
		p, err := Decode(data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		opts, _ := Options{}.withDefaults()
		w, h, err := size(data, opts)
		if want := [2]int{7, 3}; o >= 5 && [2]int{h, w} != want || o < 5 && [2]int{w, h} != want || err != nil || p.Width != w || p.Height != h {
			t.Errorf("orientation %d: size %d×%d, %v; read %d×%d", o, w, h, err, p.Width, p.Height)
		}
	}
}

// The first frame lies in its place on the canvas; what it leaves free is the background.
func TestDecode_gifCanvas(t *testing.T) {
	palette := color.Palette{color.Black, color.RGBA{R: 255, A: 255}}
	frame := image.NewPaletted(image.Rect(2, 1, 4, 3), palette)
	for i := range frame.Pix {
		frame.Pix[i] = 1
	}
	var b bytes.Buffer
	g := &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 5, Height: 4, ColorModel: palette}}
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	p, err := Decode(b.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Width != 5 || p.Height != 4 {
		t.Fatalf("%d×%d, want 5×4", p.Width, p.Height)
	}
	for i := range 20 {
		y, x := i/5, i%5
		want := float32(1) // green of white
		if y >= 1 && y < 3 && x >= 2 && x < 4 {
			want = 0
		}
		if got := p.Pix[20+i]; got != want || p.Pix[i] != 1 {
			t.Errorf("(%d, %d): red %v, green %v, want 1, %v", x, y, p.Pix[i], got, want)
		}
	}
}

// One picture, stored in every way of TIFF.
func TestDecode_tiffKinds(t *testing.T) {
	const w, h = 12, 8
	rgb := quarters(w, h)
	grey := make([]byte, w*h)
	for i := range grey {
		grey[i] = byte(17 * (i % 16))
	}
	greyTags := func(bits, kind int, more ...tiffTag) []tiffTag {
		return append([]tiffTag{
			{tiffWidth, []int{w}}, {tiffHeight, []int{h}}, {tiffBits, []int{bits}},
			{tiffCompression, []int{tiffPlain}}, {tiffPhotometric, []int{kind}},
		}, more...)
	}
	planes := make([][]byte, 3)
	wide := [2][]byte{} // 16 bits, in both orders
	for i, v := range rgb {
		planes[i%3] = append(planes[i%3], v)
		wide[0] = binary.LittleEndian.AppendUint16(wide[0], 257*uint16(v))
		wide[1] = binary.BigEndian.AppendUint16(wide[1], 257*uint16(v))
	}
	var tiles [][]byte // of 16×16, over the edge
	tile := make([]byte, 3*16*16)
	for y := range h {
		copy(tile[3*16*y:], rgb[3*w*y:3*w*(y+1)])
	}
	tiles = append(tiles, tile)
	differences := slices.Clone(rgb)
	for y := range h {
		row := differences[3*w*y : 3*w*(y+1)]
		for i := len(row) - 1; i >= 3; i-- {
			row[i] -= row[i-3]
		}
	}
	inks := make([]byte, 0, 4*w*h)
	for i := range w * h {
		inks = append(inks, 255-rgb[3*i], 255-rgb[3*i+1], 255-rgb[3*i+2], 0)
	}
	var floats []byte
	for _, v := range rgb {
		floats = binary.LittleEndian.AppendUint32(floats, math.Float32bits(float32(v)/255))
	}
	pack := func(bits int) (out []byte) { // the upper bits of grey
		var acc, n int
		for i, v := range grey {
			acc, n = acc<<bits|int(v)*(1<<bits-1)/255, n+bits
			for n >= 8 {
				out = append(out, byte(acc>>(n-8)))
				n -= 8
			}
			if i%w == w-1 && n > 0 {
				out = append(out, byte(acc<<(8-n)))
				n = 0
			}
		}
		return out
	}
	le, be := binary.AppendByteOrder(binary.LittleEndian), binary.AppendByteOrder(binary.BigEndian)
	planar := tiffTag{tiffPlanar, []int{2}}
	replace := func(tags []tiffTag, with ...tiffTag) []tiffTag {
		out := slices.DeleteFunc(slices.Clone(tags), func(t tiffTag) bool {
			return slices.ContainsFunc(with, func(u tiffTag) bool { return u.tag == t.tag })
		})
		return append(out, with...)
	}
	bits16 := tiffTag{tiffBits, []int{16, 16, 16}}
	for _, tc := range []struct {
		name string
		data []byte
		grey bool
		tol  float64 // levels
	}{
		{"strips", writeTIFF(le, false, [][]byte{rgb[:3*w*5], rgb[3*w*5:]}, rgbTags(w, h, tiffTag{tiffRowsPerStrip, []int{5}})...), false, 0},
		{"BigTIFF", writeTIFF(be, true, [][]byte{rgb}, rgbTags(w, h)...), false, 0},
		{"planes", writeTIFF(le, false, planes, rgbTags(w, h, planar)...), false, 0},
		{"planes in strips", writeTIFF(le, false, [][]byte{planes[0][:60], planes[0][60:], planes[1][:60], planes[1][60:], planes[2][:60], planes[2][60:]},
			rgbTags(w, h, planar, tiffTag{tiffRowsPerStrip, []int{5}})...), false, 0},
		{"16 bits II", writeTIFF(le, false, [][]byte{wide[0]}, replace(rgbTags(w, h), bits16)...), false, 0},
		{"16 bits MM", writeTIFF(be, false, [][]byte{wide[1]}, replace(rgbTags(w, h), bits16)...), false, 0},
		{"tiles", writeTIFF(le, false, tiles, rgbTags(w, h, tiffTag{tiffTileWidth, []int{16}}, tiffTag{tiffTileHeight, []int{16}})...), false, 0},
		{"bits in reverse", writeTIFF(le, false, [][]byte{reverseBits(rgb)}, rgbTags(w, h, tiffTag{tiffFillOrder, []int{2}})...), false, 0},
		{"LZW, predictor", writeTIFF(le, false, [][]byte{packLZW(differences)}, replace(rgbTags(w, h, tiffTag{tiffPredictor, []int{2}}), tiffTag{tiffCompression, []int{tiffLZW}})...), false, 0},
		{"floats", writeTIFF(le, false, [][]byte{floats}, replace(rgbTags(w, h, tiffTag{tiffSampleFormat, []int{3, 3, 3}}), tiffTag{tiffBits, []int{32, 32, 32}})...), false, 0},
		{"CMYK", writeTIFF(le, false, [][]byte{inks}, replace(rgbTags(w, h), tiffTag{tiffBits, []int{8, 8, 8, 8}}, tiffTag{tiffSamples, []int{4}}, tiffTag{tiffPhotometric, []int{tiffCMYK}})...), false, 0},
		{"grey", writeTIFF(le, false, [][]byte{grey}, greyTags(8, tiffBlackIsZero)...), true, 0},
		{"white is 0", writeTIFF(le, false, [][]byte{invert(grey)}, greyTags(8, tiffWhiteIsZero)...), true, 0},
		{"2 bits", writeTIFF(le, false, [][]byte{pack(2)}, greyTags(2, tiffBlackIsZero)...), true, 85},
		{"4 bits", writeTIFF(le, false, [][]byte{pack(4)}, greyTags(4, tiffBlackIsZero)...), true, 0},
		{"12 bits", writeTIFF(le, false, [][]byte{pack(12)}, greyTags(12, tiffBlackIsZero)...), true, 0},
	} {
		p, err := Decode(tc.data, Options{})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if p.Width != w || p.Height != h {
			t.Errorf("%s: %d×%d", tc.name, p.Width, p.Height)
			continue
		}
		for i, v := range p.Pix {
			want := rgb[3*(i%(w*h))+i/(w*h)]
			if tc.grey {
				want = grey[i%(w*h)]
			}
			if d := math.Abs(255*float64(v) - float64(want)); d > tc.tol+1e-3 {
				t.Errorf("%s: value %d: got %.2f, want %d", tc.name, i, 255*v, want)
				break
			}
		}
	}
}

func invert(in []byte) []byte {
	out := make([]byte, len(in))
	for i, v := range in {
		out[i] = ^v
	}
	return out
}

// packLZW writes literals alone, a clear code before they would need ten bits.
func packLZW(in []byte) []byte {
	var out []byte
	acc, n := 0, 0
	put := func(code int) {
		acc, n = acc<<9|code, n+9
		for n >= 8 {
			out = append(out, byte(acc>>(n-8)))
			n -= 8
			acc &= 1<<n - 1
		}
	}
	for i, v := range in {
		if i%100 == 0 {
			put(256)
		}
		put(int(v))
	}
	put(257)
	return append(out, byte(acc<<(8-n)))
}

// What is not read is refused by its name.
func TestDecode_refusals(t *testing.T) {
	le := binary.AppendByteOrder(binary.LittleEndian)
	var j bytes.Buffer
	if err := jpeg.Encode(&j, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	frame := func(mark, bits byte) []byte {
		b := slices.Clone(j.Bytes())
		i := bytes.Index(b, []byte{0xff, 0xc0})
		b[i+1], b[i+4] = mark, bits
		return b
	}
	with := func(tag uint16, values ...int) []byte {
		tags := slices.DeleteFunc(rgbTags(2, 2), func(t tiffTag) bool { return t.tag == tag })
		return writeTIFF(le, false, [][]byte{make([]byte, 12)}, append(tags, tiffTag{tag, values})...)
	}
	bitmap := func(bits, compression byte) []byte {
		b := make([]byte, 200)
		copy(b, "BM")
		b[10], b[14], b[18], b[22], b[28], b[30] = 54, 40, 2, 2, bits, compression
		return b
	}
	for _, tc := range []struct {
		name string
		data []byte
		says string
	}{
		{"arithmetic", frame(0xc9, 8), "JPEG of arithmetic codes is not read"},
		{"lossless", frame(0xc3, 8), "lossless JPEG is not read"},
		{"12 bits", frame(0xc1, 12), "JPEG of 12 bits a sample is not read"},
		{"LZMA", with(tiffCompression, 34925), "compression by LZMA (34925) is not read"},
		{"JBIG", with(tiffCompression, 9), "compression by JBIG"},
		{"unknown", with(tiffCompression, 999), "compression 999 is not known"},
		{"Lab", with(tiffPhotometric, 8), "CIE L*a*b*"},
		{"signed", with(tiffSampleFormat, 2, 2, 2), "signed numbers"},
		{"unlike", with(tiffBits, 5, 6, 5), "samples of [5 6 5] bits"},
		{"BMP of JPEG", bitmap(24, 4), "a JPEG inside of a BMP is not read"},
		{"BMP of 3 bits", bitmap(3, 0), "3 bits a pixel"},
		{"AVIF", []byte("\x00\x00\x00\x20ftypavif"), "an AVIF picture: not a PNG"},
		{"HEIC", []byte("\x00\x00\x00\x20ftypheic"), "a HEIC picture"},
	} {
		_, err := Decode(tc.data, Options{})
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.says)
		}
	}
}

func FuzzDecodeTIFF(f *testing.F) {
	le := binary.AppendByteOrder(binary.LittleEndian)
	rgb := quarters(12, 8)
	f.Add(writeTIFF(le, false, [][]byte{rgb}, rgbTags(12, 8)...))
	f.Add(writeTIFF(le, true, [][]byte{rgb}, rgbTags(12, 8, tiffTag{tiffTileWidth, []int{16}}, tiffTag{tiffTileHeight, []int{16}})...))
	f.Add(writeTIFF(le, false, [][]byte{packLZW(rgb)}, append(rgbTags(12, 8)[:3], tiffTag{tiffCompression, []int{tiffLZW}}, tiffTag{tiffPredictor, []int{2}}, tiffTag{tiffPhotometric, []int{2}}, tiffTag{tiffSamples, []int{3}})...))
	var b bytes.Buffer
	if err := tiff.Encode(&b, image.NewGray16(image.Rect(0, 0, 3, 3)), &tiff.Options{Compression: tiff.Deflate, Predictor: true}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	fuzzFormat(f, "TIFF")
}

func FuzzDecodeBMP(f *testing.F) {
	f.Add(encodedBMP(f, image.NewGray(image.Rect(0, 0, 5, 3))))
	f.Add(encodedBMP(f, image.NewNRGBA(image.Rect(0, 0, 5, 3))))
	runs := encodedBMP(f, image.NewGray(image.Rect(0, 0, 5, 3)))
	runs[30] = bmpRLE8
	f.Add(append(runs[:14+40+1024], 3, 1, 0, 2, 1, 1, 1, 7, 0, 3, 1, 2, 3, 0, 0, 1))
	fuzzFormat(f, "BMP")
}

func FuzzDecodeWebP(f *testing.F) {
	f.Add(webp1x1)
	fuzzFormat(f, "WebP")
}

// fuzzFormat decodes what has the beginning of a format: no panic, values from 0 to 1, Size as Read.
func fuzzFormat(f *testing.F, name string) {
	f.Fuzz(func(t *testing.T, data []byte) {
		o, _ := Options{MaxPixels: 1 << 12}.withDefaults()
		if format, err := findFormat(data); err != nil || format.name != name {
			return
		}
		p, err := decode(data, o)
		if err != nil {
			if strings.Contains(err.Error(), "gave up") {
				t.Fatal(err)
			}
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
		if w, h, err := size(data, o); err != nil || w != p.Width || h != p.Height {
			t.Fatalf("size %d×%d, %v; read %d×%d", w, h, err, p.Width, p.Height)
		}
	})
}

func encodedBMP(f *testing.F, m image.Image) []byte {
	var b bytes.Buffer
	if err := bmp.Encode(&b, m); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}
