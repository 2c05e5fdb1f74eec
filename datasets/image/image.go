package image

import (
	"image/color"
	"os"

	"github.com/pkg/errors"
)

// Errors that callers may test for with errors.Is.
var (
	// ErrTruncated tells that a file ends before its picture does.
	ErrTruncated = errors.New("file ends before the picture does")
	// ErrTooLarge tells that a file or its picture exceeds the limits of Options.
	ErrTooLarge = errors.New("larger than the limit")
	// ErrFormat tells that the content is no picture of a known format.
	ErrFormat = errors.New("not a PNG, JPEG, GIF, BMP, TIFF, WebP, PBM, PGM, PPM, PFM or TGA")
)

// Default limits, used where Options holds 0.
const (
	DefaultMaxPixels = 40_000_000
	DefaultMaxBytes  = 256 << 20
)

// Picture is an image with values in [0, 1].
type Picture struct {
	Pix                     []float32 // [C, H, W], row-major
	Channels, Height, Width int       // Channels is 1 (grey) or 3 (red, green, blue)
}

// Options says what Read makes of a file. The zero value is RGB over white with the default limits.
type Options struct {
	Channels   int         // 1 grey, 3 RGB; 0 means 3
	MaxPixels  int         // largest height × width; 0 means DefaultMaxPixels
	MaxBytes   int64       // largest file; 0 means DefaultMaxBytes
	Background color.Color // what shows through transparent pixels; nil means white
}

// Shape returns [C, H, W].
func (p *Picture) Shape() []int { return []int{p.Channels, p.Height, p.Width} }

// Gray returns the picture with one channel. Colour becomes luma,
//
//	y = 0.299 R + 0.587 G + 0.114 B
//
// Source: ITU-R BT.601.
func (p *Picture) Gray() *Picture {
	if p.Channels == 1 {
		return p
	}
	n := p.Height * p.Width
	g := &Picture{Pix: make([]float32, n), Channels: 1, Height: p.Height, Width: p.Width}
	r, gr, b := p.Pix[:n], p.Pix[n:2*n], p.Pix[2*n:3*n]
	for i := range g.Pix {
		g.Pix[i] = 0.299*r[i] + 0.587*gr[i] + 0.114*b[i]
	}
	return g
}

// RGB returns the picture with three channels; grey is repeated.
func (p *Picture) RGB() *Picture {
	if p.Channels == 3 {
		return p
	}
	n := p.Height * p.Width
	c := &Picture{Pix: make([]float32, 3*n), Channels: 3, Height: p.Height, Width: p.Width}
	for k := range 3 {
		copy(c.Pix[k*n:], p.Pix)
	}
	return c
}

// Read decodes the file at path. The error names the path.
func Read(path string, o Options) (*Picture, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, errors.Wrapf(err, "read image %s", path)
	}
	data, err := readFile(path, o.MaxBytes)
	if err != nil {
		return nil, errors.Wrapf(err, "read image %s", path)
	}
	p, err := decode(data, o)
	return p, errors.Wrapf(err, "read image %s", path)
}

// Decode decodes the content of one picture file.
func Decode(data []byte, o Options) (*Picture, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, errors.Wrap(err, "decode image")
	}
	p, err := decode(data, o)
	return p, errors.Wrap(err, "decode image")
}

// Size returns the width, height of the picture in the file at path, as it is to be seen.
func Size(path string, o Options) (width, height int, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return 0, 0, errors.Wrapf(err, "read image size %s", path)
	}
	data, err := readFile(path, o.MaxBytes)
	if err != nil {
		return 0, 0, errors.Wrapf(err, "read image size %s", path)
	}
	width, height, err = size(data, o)
	return width, height, errors.Wrapf(err, "read image size %s", path)
}

func (o Options) withDefaults() (Options, error) {
	if o.Channels == 0 {
		o.Channels = 3
	}
	if o.Channels != 1 && o.Channels != 3 {
		return o, errors.Errorf("channels: found %d, expected 1 (grey) or 3 (RGB)", o.Channels)
	}
	if o.MaxPixels <= 0 {
		o.MaxPixels = DefaultMaxPixels
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Background == nil {
		o.Background = color.White
	}
	return o, nil
}

// readFile returns the content of a regular file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > limit {
		return nil, errors.Wrapf(ErrTooLarge, "%d bytes, limit %d", info.Size(), limit)
	}
	data, err := os.ReadFile(path)
	return data, withoutPath(err)
}

// withoutPath drops the path from an error of package os, since the caller names it.
func withoutPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
