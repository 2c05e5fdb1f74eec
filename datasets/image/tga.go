package image

import (
	"bytes"
	"encoding/binary"

	"github.com/pkg/errors"
)

// tgaFile is what stands before the pixels of a Truevision TGA.
type tgaFile struct {
	kind          int // 1 palette, 2 colours, 3 grey
	packed        bool
	width, height int
	depth         int  // bits a pixel
	opaque        bool // no bits of opacity
	topDown       bool
	rightLeft     bool
	palette       []byte // entries of paletteDepth
	paletteDepth  int
	paletteFirst  int
	pixels        []byte
}

const tgaHeader = 18

// isTGA tells whether data may be a TGA, which has a mark at its end or none: then
// all of its header must be sound, and pixels that are not packed fill the file.
func isTGA(data []byte) bool {
	if len(data) < tgaHeader {
		return false
	}
	f, err := parseTGA(data)
	if err != nil || f.width < 1 || f.height < 1 {
		return false
	}
	if bytes.HasSuffix(data, []byte("TRUEVISION-XFILE.\x00")) {
		return true
	}
	return f.packed || int64(len(f.pixels)) == int64(f.width)*int64(f.height)*int64(f.bytes())
}

// bytes is the size of a pixel.
func (f *tgaFile) bytes() int { return (f.depth + 7) / 8 }

// parseTGA reads the header and the palette.
//
// Source: Truevision TGA file format specification 2.0.
func parseTGA(data []byte) (f tgaFile, err error) {
	le := binary.LittleEndian
	mapped, kind, flags := data[1], int(data[2]), data[17]
	f.kind, f.packed = kind&7, kind&8 != 0
	f.paletteFirst, f.paletteDepth = int(le.Uint16(data[3:])), int(data[7])
	f.width, f.height, f.depth = int(le.Uint16(data[12:])), int(le.Uint16(data[14:])), int(data[16])
	f.opaque = flags&15 == 0
	f.topDown, f.rightLeft = flags&0x20 != 0, flags&0x10 != 0
	fits := false
	switch f.kind {
	case 1:
		fits = f.depth == 8 && mapped == 1
	case 2:
		fits = f.depth == 15 || f.depth == 16 || f.depth == 24 || f.depth == 32
	case 3:
		fits = f.depth == 8 || f.depth == 16
	}
	if !fits || kind&^11 != 0 || mapped > 1 || flags&0xc0 != 0 {
		return f, errors.Errorf("pictures of kind %d with %d bits a pixel are not read", kind, f.depth)
	}
	at := tgaHeader + int(data[0])
	if mapped == 1 {
		switch f.paletteDepth {
		case 15, 16, 24, 32:
		default:
			return f, errors.Errorf("palette of %d bits a colour", f.paletteDepth)
		}
		n := int(le.Uint16(data[5:])) * ((f.paletteDepth + 7) / 8)
		if at+n > len(data) {
			return f, errors.Wrap(ErrTruncated, "palette")
		}
		f.palette = data[at : at+n]
		at += n
	}
	f.pixels = data[min(at, len(data)):]
	return f, nil
}

func tgaSize(data []byte) (width, height int, err error) {
	f, err := parseTGA(data)
	return f.width, f.height, err
}

func decodeTGA(data []byte, o Options) (*Picture, error) {
	f, err := parseTGA(data)
	if err != nil {
		return nil, err
	}
	n := f.width * f.height
	raw := f.pixels
	if f.packed {
		if raw, err = f.runs(n); err != nil {
			return nil, err
		}
	}
	if len(raw) < n*f.bytes() {
		return nil, errors.Wrapf(ErrTruncated, "%d bytes for %d pixels", len(raw), n)
	}
	p := &Picture{Pix: make([]float32, 3*n), Channels: 3, Height: f.height, Width: f.width}
	alpha, seeThrough := make([]byte, n), false
	for i := range n {
		c, err := f.colour(raw[i*f.bytes():])
		if err != nil {
			return nil, errors.Wrapf(err, "pixel %d", i)
		}
		y, x := i/f.width, i%f.width
		if !f.topDown {
			y = f.height - 1 - y
		}
		if f.rightLeft {
			x = f.width - 1 - x
		}
		at := y*f.width + x
		for k := range 3 {
			p.Pix[k*n+at] = float32(c[k]) / 255
		}
		alpha[at] = c[3]
		seeThrough = seeThrough || c[3] != 255
	}
	if seeThrough {
		p.blend(alpha, f.width, o.Background)
	}
	return p, nil
}

// runs unpacks n pixels; a run may go on in the next row.
func (f *tgaFile) runs(n int) ([]byte, error) {
	size, in := f.bytes(), f.pixels
	if n/128*(1+size) > len(in) { // each packet has at most 128
		return nil, errors.Wrapf(ErrTruncated, "%d bytes for %d pixels", len(in), n)
	}
	out := make([]byte, 0, n*size)
	for len(out) < n*size {
		if len(in) < 1+size {
			return nil, errors.Wrapf(ErrTruncated, "pixel %d of %d", len(out)/size, n)
		}
		count := int(in[0]&127) + 1
		if in[0] >= 128 {
			for range count {
				out = append(out, in[1:1+size]...)
			}
			in = in[1+size:]
			continue
		}
		if len(in) < 1+count*size {
			return nil, errors.Wrapf(ErrTruncated, "pixel %d of %d", len(out)/size, n)
		}
		out = append(out, in[1:1+count*size]...)
		in = in[1+count*size:]
	}
	return out, nil
}

// colour returns red, green, blue, opacity of a stored pixel.
func (f *tgaFile) colour(b []byte) ([4]byte, error) {
	switch {
	case f.kind == 2:
		c := tgaColour(b, f.depth)
		if f.opaque {
			c[3] = 255
		}
		return c, nil
	case f.kind == 3 && f.depth == 16: // grey and opacity
		return [4]byte{b[0], b[0], b[0], b[1]}, nil
	case f.kind == 3:
		return [4]byte{b[0], b[0], b[0], 255}, nil
	}
	size := (f.paletteDepth + 7) / 8
	at := (int(b[0]) - f.paletteFirst) * size
	if at < 0 || at+size > len(f.palette) {
		return [4]byte{}, errors.Errorf("colour %d of %d", b[0], len(f.palette)/size)
	}
	return tgaColour(f.palette[at:], f.paletteDepth), nil
}

func tgaColour(b []byte, depth int) [4]byte {
	switch depth {
	case 24:
		return [4]byte{b[2], b[1], b[0], 255}
	case 32:
		return [4]byte{b[2], b[1], b[0], b[3]}
	}
	v := int(b[0]) | int(b[1])<<8
	five := func(places int) byte { return byte(v >> places & 31 * 255 / 31) }
	opacity := byte(255)
	if v>>15 == 1 { // as Pillow has it: 1 for seeThrough
		opacity = 0
	}
	return [4]byte{five(10), five(5), five(0), opacity}
}
