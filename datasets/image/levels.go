package image

import (
	"image"

	"github.com/pkg/errors"
)

// levels is a picture of bytes: what the data sets of folders keep, and what is
// resized.
type levels struct {
	pix                     []byte // [C, H, W]
	channels, height, width int
}

func newLevels(channels, height, width int) *levels {
	return &levels{make([]byte, channels*height*width), channels, height, width}
}

// levels returns p rounded to bytes.
func (p *Picture) levels() *levels {
	return &levels{p.Bytes(), p.Channels, p.Height, p.Width}
}

func (l *levels) picture() *Picture {
	p := &Picture{Pix: make([]float32, len(l.pix)), Channels: l.channels, Height: l.height, Width: l.width}
	toUnit(p.Pix, l.pix)
	return p
}

// toUnit gives bytes their values from 0 to 1.
func toUnit(out []float32, in []byte) {
	var table [256]float32
	for i := range table {
		table[i] = float32(i) / 255
	}
	out = out[:len(in)]
	for i, v := range in {
		out[i] = table[v]
	}
}

// readLevels is Read, rounded to bytes; a JPEG never becomes floats on the way. Of a
// picture of width×height the part is returned, all of it without part: what lies
// beside it is not decoded as far as the format allows.
func readLevels(path string, o Options, part func(width, height int) image.Rectangle) (*levels, error) {
	data, err := readFile(path, o.MaxBytes)
	if err != nil {
		return nil, errors.Wrapf(err, "read image %s", path)
	}
	l, err := decodeLevels(data, o, part)
	return l, errors.Wrapf(err, "read image %s", path)
}

func decodeLevels(data []byte, o Options, part func(width, height int) image.Rectangle) (*levels, error) {
	f, err := findFormat(data)
	if err != nil {
		return nil, err
	}
	var l *levels
	if f.name == "JPEG" {
		w, h, err := f.checkedSize(data, o.MaxPixels)
		if err != nil {
			return nil, err
		}
		turned := f.turned(data)
		if part != nil && turned <= 1 {
			l, err = jpegLevels(data, part(w, h))
			part = nil
		} else {
			l, err = jpegLevels(data, image.Rect(0, 0, w, h))
		}
		if err != nil {
			return nil, err
		}
		l = l.withChannels(o.Channels).orient(turned)
	} else {
		p, err := decode(data, o)
		if err != nil {
			return nil, err
		}
		l = p.levels()
	}
	if part != nil {
		l = l.cropTo(part(l.width, l.height))
	}
	return l, nil
}

func jpegLevels(data []byte, part image.Rectangle) (l *levels, err error) {
	defer finish("JPEG", &err)
	d := &jpegDecoder{bitReader: bitReader{data: data}, part: part}
	if err := d.readScans(); err != nil {
		return nil, err
	}
	d.transformAll()
	return d.levelsAs(d.colours()), nil
}

// checkFile tells whether the file at path can be read: the codes of a JPEG are
// read, but its samples are not computed.
func checkFile(path string, o Options) error {
	data, err := readFile(path, o.MaxBytes)
	if err == nil {
		err = checkPicture(data, o)
	}
	return errors.Wrapf(err, "read image %s", path)
}

func checkPicture(data []byte, o Options) (err error) {
	f, err := findFormat(data)
	if err != nil {
		return err
	}
	if f.name != "JPEG" {
		_, err := decode(data, o)
		return err
	}
	if _, _, err := f.checkedSize(data, o.MaxPixels); err != nil {
		return err
	}
	defer finish("JPEG", &err)
	return (&jpegDecoder{bitReader: bitReader{data: data}}).readScans()
}

// withChannels returns l grey or in colours, as Picture's Gray and RGB do.
func (l *levels) withChannels(c int) *levels {
	n := l.height * l.width
	switch c {
	case l.channels:
		return l
	case 1:
		return l.picture().Gray().levels()
	}
	out := newLevels(3, l.height, l.width)
	for k := range 3 {
		copy(out.pix[k*n:], l.pix)
	}
	return out
}

// crop returns the part height×width at (top, left), which lies in the picture.
func (l *levels) crop(top, left, height, width int) *levels {
	if top == 0 && left == 0 && height == l.height && width == l.width {
		return l
	}
	out := newLevels(l.channels, height, width)
	for c := range l.channels {
		for y := range height {
			copy(out.pix[(c*height+y)*width:][:width], l.pix[(c*l.height+top+y)*l.width+left:])
		}
	}
	return out
}

// orient is Picture's.
func (l *levels) orient(o int) *levels {
	if o <= 1 {
		return l
	}
	h, w := l.height, l.width
	if o >= 5 {
		h, w = w, h
	}
	out := newLevels(l.channels, h, w)
	turn(out.pix, l.pix, o, l.channels, l.height, l.width)
	return out
}
