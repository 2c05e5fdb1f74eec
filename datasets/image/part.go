package image

import (
	"image"
	"math"

	"github.com/hocsau/hocsau/datasets"
	"github.com/pkg/errors"
)

// Parts implements datasets.PartReader: a part comes from the pixels of the file,
// not from those of the example that was made small.
func (f *Folder) Parts() datasets.ReadPart { return f.atPart }

func (f *Folder) atPart(i int, x []float32, p datasets.Part) (label int, err error) {
	if err := f.checkAt(i, x); err != nil {
		return 0, err
	}
	if !(p.Top >= 0 && p.Left >= 0 && p.Height > 0 && p.Width > 0 && p.Top+p.Height <= 1+1e-9 && p.Left+p.Width <= 1+1e-9) {
		return 0, errors.Errorf("image folder: part %+v, expected shares within 0 to 1", p)
	}
	file := &f.files[i]
	var l *levels
	if file.pixels != nil && file.whole { // they are those of the file
		l = (&levels{file.pixels, f.o.Channels, f.o.Height, f.o.Width}).cropTo(pixelsOf(p, f.o.Width, f.o.Height))
	} else if l, err = readLevels(file.path, f.o.Options, func(w, h int) image.Rectangle { return pixelsOf(p, w, h) }); err != nil {
		return 0, err
	}
	toUnit(x, l.resize(f.o.Height, f.o.Width).pix)
	return file.label, nil
}

// pixelsOf rounds a part of a picture to pixels, at least one.
func pixelsOf(p datasets.Part, width, height int) image.Rectangle {
	axis := func(from, size float64, n int) (int, int) {
		count := min(max(1, int(math.Round(size*float64(n)))), n)
		first := min(max(0, int(math.Round(from*float64(n)))), n-count)
		return first, first + count
	}
	x0, x1 := axis(p.Left, p.Width, width)
	y0, y1 := axis(p.Top, p.Height, height)
	return image.Rect(x0, y0, x1, y1)
}

func (l *levels) cropTo(r image.Rectangle) *levels {
	return l.crop(r.Min.Y, r.Min.X, r.Dy(), r.Dx())
}
