package image

import (
	"image"

	"github.com/pkg/errors"
)

// FromImage returns a picture of Go's image package, within the limits of o.
func FromImage(m image.Image, o Options) (*Picture, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, errors.Wrap(err, "convert image")
	}
	if m == nil {
		return nil, errors.New("convert image: nil, expected an image")
	}
	b := m.Bounds()
	if w, h := b.Dx(), b.Dy(); w < 1 || h < 1 || w > o.MaxPixels/h {
		return nil, errors.Wrapf(ErrTooLarge, "convert image: %d×%d pixels, expected 1 to %d in all", w, h, o.MaxPixels)
	}
	return fromImage(m, o), nil
}
