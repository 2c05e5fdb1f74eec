package image

import (
	"encoding/binary"
	"image"

	"github.com/pkg/errors"
	"golang.org/x/image/webp"
)

// webpFile is what stands in a WebP file: its canvas and its picture, or the first of an animation.
type webpFile struct {
	width, height       int // of the canvas
	left, top           int // of the frame
	frame               []chunk
	exif, xmp           []byte
	frameWidth, frameHt int
	animated            bool
}

// chunk is a part of a file with its name.
type chunk struct {
	name string
	body []byte
}

// riffChunks splits data; the last chunk may be cut.
func riffChunks(data []byte) (out []chunk) {
	for len(data) >= 8 {
		n := min(int64(binary.LittleEndian.Uint32(data[4:])), int64(len(data)-8))
		out = append(out, chunk{string(data[:4]), data[8 : 8+n]})
		data = data[8+n:]
		if n%2 == 1 && len(data) > 0 {
			data = data[1:]
		}
	}
	return out
}

// parseWebP looks for the parts of a file.
//
// Source: WebP container specification; RFC 6386 §9.1; RFC 9649 §3.4.
func parseWebP(data []byte) (f webpFile, err error) {
	extended := false
	for _, c := range riffChunks(data[12:]) {
		switch c.name {
		case "VP8X":
			if len(c.body) < 10 {
				return f, errors.Wrap(ErrTruncated, "chunk VP8X")
			}
			extended = true
			f.width, f.height = 1+uint24(c.body[4:]), 1+uint24(c.body[7:])
			f.animated = c.body[0]&2 != 0
		case "ANMF":
			if f.animated && f.frame == nil {
				if len(c.body) < 16 {
					return f, errors.Wrap(ErrTruncated, "chunk ANMF")
				}
				f.left, f.top = 2*uint24(c.body), 2*uint24(c.body[3:])
				f.frame = riffChunks(c.body[16:])
			}
		case "VP8 ", "VP8L", "ALPH":
			if !f.animated {
				f.frame = append(f.frame, c)
			}
		case "EXIF":
			f.exif = c.body
		case "XMP ":
			f.xmp = c.body
		}
	}
	if f.frameWidth, f.frameHt, err = bitstreamSize(f.frame); err != nil {
		return f, err
	}
	if !f.animated && extended && (f.width != f.frameWidth || f.height != f.frameHt) {
		return f, errors.Errorf("picture of %d×%d in a file of %d×%d", f.frameWidth, f.frameHt, f.width, f.height)
	}
	if !extended {
		f.width, f.height = f.frameWidth, f.frameHt
	}
	return f, nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// bitstreamSize reads the size from the compressed picture itself.
func bitstreamSize(frame []chunk) (width, height int, err error) {
	for _, c := range frame {
		b := c.body
		switch {
		case c.name == "VP8 " && len(b) >= 10:
			return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff), nil
		case c.name == "VP8L" && len(b) >= 5:
			v := binary.LittleEndian.Uint32(b[1:])
			return 1 + int(v&0x3fff), 1 + int(v>>14&0x3fff), nil
		case c.name == "VP8 " || c.name == "VP8L":
			return 0, 0, errors.Wrapf(ErrTruncated, "chunk %s", c.name)
		}
	}
	return 0, 0, errors.Wrap(ErrTruncated, "found no picture in the file")
}

func webpSize(data []byte) (width, height int, err error) {
	f, err := parseWebP(data)
	return f.width, f.height, err
}

func webpOrientation(data []byte) int {
	f, err := parseWebP(data)
	if err != nil {
		return 1
	}
	return orientationOf(f.exif, f.xmp)
}

// decodeWebP decodes the picture, or the first frame of an animation on its canvas, which is transparent.
func decodeWebP(data []byte, o Options) (*Picture, error) {
	f, err := parseWebP(data)
	if err != nil {
		return nil, err
	}
	if err := checkSize(f.frameWidth, f.frameHt, o.MaxPixels); err != nil {
		return nil, err
	}
	m, err := readWhole(f.still(), webp.Decode)
	if err != nil {
		return nil, err
	}
	var p *Picture
	switch m := m.(type) {
	case *image.YCbCr:
		p = fromVP8(m)
	case *image.NYCbCrA:
		p = fromVP8(&m.YCbCr)
		p.blend(m.A, m.AStride, o.Background)
	default:
		p = fromImage(m, o)
	}
	if f.animated {
		p = p.onto(f.height, f.width, f.top, f.left, o.Background)
	}
	return p, nil
}

// still makes a file of its own of the frame: libraries differ in which flags they insist on.
func (f webpFile) still() []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	add := func(name string, body []byte) {
		out = append(out, name...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
		out = append(out, body...)
		if len(body)%2 == 1 {
			out = append(out, 0)
		}
	}
	var alpha, picture *chunk
	for i, c := range f.frame {
		switch c.name {
		case "ALPH":
			alpha = &f.frame[i]
		case "VP8 ", "VP8L":
			if picture == nil {
				picture = &f.frame[i]
			}
		}
	}
	if alpha != nil && picture.name == "VP8 " {
		w, h := f.frameWidth-1, f.frameHt-1
		add("VP8X", []byte{0x10, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
		add("ALPH", alpha.body)
	}
	add(picture.name, picture.body)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// fromVP8 converts a lossy picture as libwebp does: Y from 16 to 235, Cb and Cr from
// 16 to 240, by
//
//	R = 1.164 (Y − 16) + 1.596 (Cr − 128)
//	G = 1.164 (Y − 16) − 0.392 (Cb − 128) − 0.813 (Cr − 128)
//	B = 1.164 (Y − 16) + 2.017 (Cb − 128)
//
// with 14 binary places. A colour lies between four samples, of which the nearest
// counts 9/16, its neighbours 3/16 each, the farthest 1/16.
//
// Source: ITU-R BT.601; RFC 6386 §9.2.
func fromVP8(m *image.YCbCr) *Picture {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	p := &Picture{Pix: make([]float32, 3*w*h), Channels: 3, Height: h, Width: w}
	red, green, blue := p.Pix[:w*h], p.Pix[w*h:2*w*h], p.Pix[2*w*h:]
	cb, cr := make([]byte, w), make([]byte, w)
	for y := range h {
		between(m.Cb, m.CStride, h, y, cb)
		between(m.Cr, m.CStride, h, y, cr)
		luma := m.Y[y*m.YStride : y*m.YStride+w]
		for x, l := range luma {
			i, u, v := y*w+x, int(cb[x]), int(cr[x])
			grey := 19077 * int(l) >> 8
			red[i] = unit((grey + 26149*v>>8 - 14234) >> 6)
			green[i] = unit((grey - 6419*u>>8 - 13320*v>>8 + 8708) >> 6)
			blue[i] = unit((grey + 33050*u>>8 - 17685) >> 6)
		}
	}
	return p
}

// between gives out, row y, the colours between the samples of a plane of half the width and height.
func between(plane []byte, stride, height, y int, out []byte) {
	rows, width := (height+1)/2, (len(out)+1)/2
	at := func(r int) []byte {
		r = min(max(r, 0), rows-1)
		return plane[r*stride : r*stride+width]
	}
	near, far := at(y/2), at(y/2-1+2*(y%2))
	for x := range out {
		i := x / 2
		j := min(max(i-1+2*(x%2), 0), width-1)
		n := int(near[i])
		out[x] = byte(((n+3*int(near[j])+3*int(far[i])+int(far[j])+8)>>3 + n) >> 1)
	}
}
