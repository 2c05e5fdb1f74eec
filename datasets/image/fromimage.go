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

// CropArea returns the middle of a picture of width×height that CenterCrop takes
// for a size of toWidth×toHeight: its left and top, its width and height.
func CropArea(width, height, toWidth, toHeight int) (left, top, w, h int) {
	h, w = height, max(1, (height*toWidth+toHeight/2)/toHeight)
	if w > width {
		h, w = min(height, max(1, (width*toHeight+toWidth/2)/toWidth)), width
	}
	return (width - w) / 2, (height - h) / 2, w, h
}
