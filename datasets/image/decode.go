package image

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/pkg/errors"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// format is one file format that a library decodes: how it begins, how it is read.
type format struct {
	name   string
	magic  []string // a '?' stands for any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func formats() []format {
	return []format{
		{"PNG", []string{"\x89PNG\r\n\x1a\n"}, png.DecodeConfig, png.Decode},
		{"JPEG", []string{"\xff\xd8"}, jpeg.DecodeConfig, jpeg.Decode},
		{"GIF", []string{"GIF87a", "GIF89a"}, gif.DecodeConfig, gif.Decode},
		{"BMP", []string{"BM????\x00\x00\x00\x00"}, bmp.DecodeConfig, bmp.Decode},
		{"TIFF", []string{"II\x2a\x00", "MM\x00\x2a"}, tiff.DecodeConfig, tiff.Decode},
		{"WebP", []string{"RIFF????WEBPVP8"}, webp.DecodeConfig, webp.Decode},
	}
}

// decode checks the size, only then decodes.
func decode(data []byte, o Options) (*Picture, error) {
	if isPNM(data) {
		p, err := decodePNM(data, o.MaxPixels)
		if err != nil {
			return nil, err
		}
		return p.withChannels(o.Channels), nil
	}
	f, err := findFormat(data)
	if err != nil {
		return nil, err
	}
	if _, err := f.size(data, o.MaxPixels); err != nil {
		return nil, err
	}
	var m image.Image
	if baseline, ok := decodeBaseline(data); ok && f.name == "JPEG" {
		m = baseline
	} else if m, err = f.readImage(data); err != nil {
		return nil, err
	}
	p := fromImage(m, o)
	if f.name == "JPEG" {
		p = p.orient(exifOrientation(data))
	}
	return p, nil
}

// size returns the width, height of a picture as decode would.
func size(data []byte, o Options) (width, height int, err error) {
	if isPNM(data) {
		h, err := pnmSize(data, o.MaxPixels)
		return h.width, h.height, err
	}
	f, err := findFormat(data)
	if err != nil {
		return 0, 0, err
	}
	cfg, err := f.size(data, o.MaxPixels)
	if err != nil {
		return 0, 0, err
	}
	if f.name == "JPEG" && exifOrientation(data) >= 5 {
		return cfg.Height, cfg.Width, nil
	}
	return cfg.Width, cfg.Height, nil
}

func findFormat(data []byte) (format, error) {
	if len(data) == 0 {
		return format{}, errors.Wrap(ErrTruncated, "empty file")
	}
	for _, f := range formats() {
		if f.matches(data) {
			return f, nil
		}
	}
	return format{}, errors.Wrapf(ErrFormat, "content begins with %q", data[:min(len(data), 8)])
}

// size reads the header; the picture must have at most limit pixels.
func (f format) size(data []byte, limit int) (image.Config, error) {
	cfg, err := f.readConfig(data)
	if err != nil {
		return cfg, err
	}
	return cfg, errors.Wrap(checkSize(cfg.Width, cfg.Height, limit), f.name)
}

func (f format) matches(data []byte) bool {
	for _, m := range f.magic {
		if len(data) >= len(m) && matchMagic(data, m) {
			return true
		}
	}
	return false
}

func matchMagic(data []byte, magic string) bool {
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != data[i] {
			return false
		}
	}
	return true
}

func (f format) readConfig(data []byte) (cfg image.Config, err error) {
	in := &endReader{r: bytes.NewReader(data)}
	defer in.finish(f.name+" header", &err)
	return f.config(in)
}

func (f format) readImage(data []byte) (m image.Image, err error) {
	in := &endReader{r: bytes.NewReader(data)}
	defer in.finish(f.name, &err)
	return f.decode(in)
}

// endReader remembers that a decoder asked for more than there is: most decoders hide that in a message.
type endReader struct {
	r     *bytes.Reader
	ended bool
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.ended = e.ended || errors.Is(err, io.EOF)
	return n, err
}

// finish wraps the error of a decoder; its panic over hostile input becomes one.
func (e *endReader) finish(what string, err *error) {
	if r := recover(); r != nil {
		*err = errors.Errorf("decoder gave up: %v", r)
	}
	switch {
	case *err == nil:
	case e.ended:
		*err = errors.Wrapf(ErrTruncated, "%s: %v", what, *err)
	default:
		*err = errors.Wrap(*err, what)
	}
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
