package image

import (
	"bytes"
	"image"
	"image/png"
	"io"

	"github.com/pkg/errors"
)

// format is one file format: how it begins, how its size is read, its pixels, and how they are to be turned.
type format struct {
	name        string
	begins      func(data []byte) bool
	size        func(data []byte) (width, height int, err error)
	decode      func(data []byte, o Options) (*Picture, error) // in the order of the file
	orientation func(data []byte) int                          // 1 to 8 as EXIF has it; nil for 1
}

func formats() []format {
	return []format{
		{"PNG", begins("\x89PNG\r\n\x1a\n"), pngSize, decodePNG, pngOrientation},
		{"JPEG", begins("\xff\xd8"), jpegSize, decodeJPEG, jpegOrientation},
		{"GIF", begins("GIF87a", "GIF89a"), gifSize, decodeGIF, nil},
		{"BMP", begins("BM"), bmpSize, decodeBMP, nil},
		{"TIFF", begins("II\x2a\x00", "MM\x00\x2a", "II\x2b\x00\x08\x00\x00\x00", "MM\x00\x2b\x00\x08\x00\x00"), tiffSize, decodeTIFF, tiffOrientation},
		{"WebP", begins("RIFF????WEBPVP8"), webpSize, decodeWebP, webpOrientation},
		{"PNM", isPNM, pnmSize, decodePNM, nil},
		{"TGA", isTGA, tgaSize, decodeTGA, nil}, // last, for it has no mark at its beginning
	}
}

// begins makes a test for one of some beginnings; a '?' stands for any byte.
func begins(magics ...string) func([]byte) bool {
	return func(data []byte) bool {
		for _, m := range magics {
			if len(data) >= len(m) && matchMagic(data, m) {
				return true
			}
		}
		return false
	}
}

func matchMagic(data []byte, magic string) bool {
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != data[i] {
			return false
		}
	}
	return true
}

// decode checks the size, only then decodes.
func decode(data []byte, o Options) (*Picture, error) {
	f, err := findFormat(data)
	if err != nil {
		return nil, err
	}
	if _, _, err := f.checkedSize(data, o.MaxPixels); err != nil {
		return nil, err
	}
	p, err := f.picture(data, o)
	if err != nil {
		return nil, err
	}
	return p.withChannels(o.Channels).orient(f.turned(data)), nil
}

// size returns the width, height of a picture as decode would.
func size(data []byte, o Options) (width, height int, err error) {
	f, err := findFormat(data)
	if err != nil {
		return 0, 0, err
	}
	width, height, err = f.checkedSize(data, o.MaxPixels)
	if err == nil && f.turned(data) >= 5 {
		width, height = height, width
	}
	return width, height, err
}

func findFormat(data []byte) (format, error) {
	if len(data) == 0 {
		return format{}, errors.Wrap(ErrTruncated, "empty file")
	}
	for _, f := range formats() {
		if f.begins(data) {
			return f, nil
		}
	}
	if name := foreign(data); name != "" {
		return format{}, errors.Wrap(ErrFormat, name)
	}
	return format{}, errors.Wrapf(ErrFormat, "content begins with %q", data[:min(len(data), 8)])
}

// foreign names the formats that people meet but that are not read here.
func foreign(data []byte) string {
	for _, f := range []struct{ magic, name string }{
		{"????ftypavif", "an AVIF picture"}, {"????ftypavis", "an AVIF picture"},
		{"????ftyphei", "a HEIC picture"}, {"????ftyphev", "a HEIC picture"}, {"????ftypmif1", "a HEIF picture"},
		{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"}, {"\xff\x4f\xff\x51", "a JPEG 2000 picture"},
		{"\xff\x0a", "a JPEG XL picture"}, {"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"},
		{"8BPS", "a Photoshop document"}, {"DDS ", "a DDS texture"}, {"qoif", "a QOI picture"},
		{"\x00\x00\x01\x00", "an icon (ICO)"}, {"\x01\xda", "an SGI picture"}, {"%PDF", "a PDF document"},
		{"%!PS", "a PostScript document"}, {"P7\n", "a PAM picture"}, {"<svg", "an SVG drawing"},
	} {
		if begins(f.magic)(data) {
			return f.name
		}
	}
	return ""
}

// checkedSize reads the header; the picture must have at most limit pixels.
func (f format) checkedSize(data []byte, limit int) (width, height int, err error) {
	if width, height, err = f.readSize(data); err != nil {
		return 0, 0, err
	}
	return width, height, errors.Wrap(checkSize(width, height, limit), f.name)
}

func (f format) readSize(data []byte) (width, height int, err error) {
	defer finish(f.name+" header", &err)
	return f.size(data)
}

func (f format) picture(data []byte, o Options) (p *Picture, err error) {
	defer finish(f.name, &err)
	return f.decode(data, o)
}

// turned is the orientation 1 to 8 of the picture; a damaged one counts as none.
func (f format) turned(data []byte) (o int) {
	if f.orientation == nil {
		return 1
	}
	defer func() {
		if recover() != nil {
			o = 1
		}
	}()
	return f.orientation(data)
}

// finish wraps the error of a decoder; its panic over hostile input becomes one.
func finish(what string, err *error) {
	if r := recover(); r != nil {
		*err = errors.Errorf("decoder gave up: %v", r)
	}
	*err = errors.Wrap(*err, what)
}

// readWhole gives data to a decoder of a library. Most of them hide in a message
// that they asked for more than there is.
func readWhole[T any](data []byte, read func(io.Reader) (T, error)) (T, error) {
	in := &endReader{r: bytes.NewReader(data)}
	v, err := read(in)
	if err != nil && in.ended {
		err = errors.Wrapf(ErrTruncated, "%v", err)
	}
	return v, err
}

// endReader remembers that its end was read.
type endReader struct {
	r     *bytes.Reader
	ended bool
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.ended = e.ended || errors.Is(err, io.EOF)
	return n, err
}

func configSize(data []byte, read func(io.Reader) (image.Config, error)) (width, height int, err error) {
	cfg, err := readWhole(data, read)
	return cfg.Width, cfg.Height, err
}

func pngSize(data []byte) (width, height int, err error) { return configSize(data, png.DecodeConfig) }

func decodePNG(data []byte, o Options) (*Picture, error) {
	m, err := readWhole(data, png.Decode)
	if err != nil {
		return nil, err
	}
	return fromImage(m, o), nil
}

func checkSize(w, h, limit int) error {
	if w <= 0 || h <= 0 {
		return errors.Errorf("size %d×%d: expected at least one pixel", w, h)
	}
	if w > limit/h {
		return errors.Wrapf(ErrTooLarge, "picture of %d×%d pixels, limit %d pixels", w, h, limit)
	}
	return nil
}

func (p *Picture) withChannels(c int) *Picture {
	if c == 1 {
		return p.Gray()
	}
	return p.RGB()
}
