package image

import (
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// EncodePNG writes p as an 8 bit PNG: grey for one channel, RGB for three. Values outside [0, 1] are cut to it.
func EncodePNG(w io.Writer, p *Picture) error {
	if err := p.check(); err != nil {
		return errors.Wrap(err, "encode PNG")
	}
	return errors.Wrap(png.Encode(w, p.toImage()), "encode PNG")
}

// WritePNG writes p to the file at path; an old file is replaced only when the new one is whole.
func WritePNG(path string, p *Picture) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return errors.Wrapf(withoutPath(err), "write image %s", path)
	}
	err = EncodePNG(f, p)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
		return errors.Wrapf(withoutPath(err), "write image %s", path)
	}
	return nil
}

func (p *Picture) check() error {
	if p.Channels != 1 && p.Channels != 3 {
		return errors.Errorf("channels: found %d, expected 1 or 3", p.Channels)
	}
	if p.Height <= 0 || p.Width <= 0 || len(p.Pix) != p.Channels*p.Height*p.Width {
		return errors.Errorf("%d values do not fill [%d, %d, %d]", len(p.Pix), p.Channels, p.Height, p.Width)
	}
	return nil
}

func (p *Picture) toImage() image.Image {
	n := p.Height * p.Width
	if p.Channels == 1 {
		m := image.NewGray(image.Rect(0, 0, p.Width, p.Height))
		copy(m.Pix, p.Bytes())
		return m
	}
	m := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range n {
		m.Pix[4*i] = toByte(p.Pix[i])
		m.Pix[4*i+1] = toByte(p.Pix[n+i])
		m.Pix[4*i+2] = toByte(p.Pix[2*n+i])
		m.Pix[4*i+3] = 255
	}
	return m
}

// toByte rounds v in [0, 1] to 0..255; NaN becomes 0.
func toByte(v float32) byte {
	if !(v > 0) {
		return 0
	}
	return byte(min(v, 1)*255 + 0.5)
}

// Bytes returns the values rounded to 0..255, [C, H, W].
func (p *Picture) Bytes() []byte {
	out := make([]byte, len(p.Pix))
	for i, v := range p.Pix {
		out[i] = toByte(v)
	}
	return out
}
