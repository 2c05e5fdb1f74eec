package image

import "image"

func jpegSize(data []byte) (width, height int, err error) {
	d := &jpegDecoder{bitReader: bitReader{data: data}}
	err = d.readFrame()
	return d.width, d.height, err
}

// decodeJPEG decodes as libjpeg does, whose pixels are what networks were trained on.
func decodeJPEG(data []byte, _ Options) (*Picture, error) {
	w, h, err := jpegSize(data)
	if err != nil {
		return nil, err
	}
	l, err := jpegLevels(data, image.Rect(0, 0, w, h))
	if err != nil {
		return nil, err
	}
	return l.picture(), nil
}

// jpegColours says what the components of a file are.
type jpegColours int

const (
	jpegGrey jpegColours = iota
	jpegYCbCr
	jpegRGB
	jpegCMYK
	jpegYCCK
)

// colours follows libjpeg: JFIF is Y, Cb, Cr; Adobe's marker tells; the names of the components may.
func (d *jpegDecoder) colours() jpegColours {
	c := d.components
	switch len(c) {
	case 1:
		return jpegGrey
	case 3:
		switch {
		case d.jfif:
			return jpegYCbCr
		case d.adobe && d.transform == 0:
			return jpegRGB
		case !d.adobe && c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B':
			return jpegRGB
		}
		return jpegYCbCr
	}
	if d.adobe && d.transform == 2 {
		return jpegYCCK
	}
	return jpegCMYK
}

// levelsAs joins the components of the part to grey or to red, green, blue. Four are ink, which
// Adobe's programs, and all after them, store as 255 for none:
//
//	R = C K / 255, G = M K / 255, B = Y K / 255
func (d *jpegDecoder) levelsAs(kind jpegColours) *levels {
	at, h, w := d.part.Min, d.part.Dy(), d.part.Dx()
	n := h * w
	if kind == jpegGrey {
		l, c := newLevels(1, h, w), &d.components[0]
		for y := range h {
			copy(l.pix[y*w:(y+1)*w], c.plane[(at.Y+y)*c.stride+at.X:])
		}
		return l
	}
	l := newLevels(3, h, w)
	rows, room := make([][]byte, len(d.components)), make([][]byte, len(d.components))
	for i := range room {
		room[i] = make([]byte, d.width)
	}
	for y := range h {
		for i := range rows {
			rows[i] = d.row(i, at.Y+y, room[i])[at.X:][:w]
		}
		red, green, blue := l.pix[y*w:(y+1)*w], l.pix[n+y*w:n+(y+1)*w], l.pix[2*n+y*w:2*n+(y+1)*w]
		switch kind {
		case jpegYCbCr:
			fromYCbCr(red, green, blue, rows[0], rows[1], rows[2])
		case jpegRGB:
			copy(red, rows[0])
			copy(green, rows[1])
			copy(blue, rows[2])
		case jpegCMYK:
			for x := range w {
				k := rows[3][x]
				red[x], green[x], blue[x] = ink(rows[0][x], k), ink(rows[1][x], k), ink(rows[2][x], k)
			}
		case jpegYCCK: // Y, Cb, Cr of what ink leaves
			fromYCbCr(red, green, blue, rows[0], rows[1], rows[2])
			for x := range w {
				k := rows[3][x]
				red[x], green[x], blue[x] = ink(255-red[x], k), ink(255-green[x], k), ink(255-blue[x], k)
			}
		}
	}
	return l
}

// fromPlanes takes the samples of a JPEG that another decoder read; ok is false for a part
// that begins within a sample of colour.
func fromPlanes(m *image.YCbCr) (d *jpegDecoder, ok bool) {
	across, down := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
	case image.YCbCrSubsampleRatio422:
		across = 2
	case image.YCbCrSubsampleRatio420:
		across, down = 2, 2
	case image.YCbCrSubsampleRatio440:
		down = 2
	case image.YCbCrSubsampleRatio411:
		across = 4
	case image.YCbCrSubsampleRatio410:
		across, down = 4, 2
	default:
		return nil, false
	}
	at, w, h := m.Rect.Min, m.Rect.Dx(), m.Rect.Dy()
	if at.X%across != 0 || at.Y%down != 0 || w < 1 || h < 1 {
		return nil, false
	}
	colour := jpegComponent{h: 1, v: 1, width: ceil(w, across), height: ceil(h, down), stride: m.CStride}
	cb, cr := colour, colour
	cb.plane, cr.plane = m.Cb[m.COffset(at.X, at.Y):], m.Cr[m.COffset(at.X, at.Y):]
	luma := jpegComponent{h: across, v: down, width: w, height: h, stride: m.YStride, plane: m.Y[m.YOffset(at.X, at.Y):]}
	return &jpegDecoder{width: w, height: h, part: image.Rect(0, 0, w, h), hMax: across, vMax: down, components: []jpegComponent{luma, cb, cr}}, true
}

// samples returns the first rows of all components, standing together; Y, Cb, Cr as red, green, blue.
func (d *jpegDecoder) samples(convert bool, rows int) []byte {
	n, w := len(d.components), d.width
	out := make([]byte, n*w*rows)
	planes, room := make([][]byte, n), make([][]byte, n)
	for i := range room {
		room[i] = make([]byte, w)
	}
	for y := range rows {
		for i := range planes {
			planes[i] = d.row(i, y, room[i])
		}
		if convert && n == 3 {
			fromYCbCr(room[0], room[1], room[2], planes[0], planes[1], planes[2])
			planes = [][]byte{room[0], room[1], room[2]}
		}
		for i, p := range planes {
			for x := range w {
				out[(y*w+x)*n+i] = p[x]
			}
		}
	}
	return out
}

// ink is a·b/255, rounded.
func ink(a, b byte) byte {
	v := uint32(a)*uint32(b) + 128
	return byte((v + v>>8) >> 8)
}

// row returns row y of component i with as many samples as the picture has
// columns. As in libjpeg, samples of half the rate are interpolated by a triangle
// where they are more than two; others are repeated.
func (d *jpegDecoder) row(i, y int, room []byte) []byte {
	c := &d.components[i]
	across, down := d.hMax/c.h, d.vMax/c.v
	out := room[:d.width]
	switch {
	case across == 1 && down == 1:
		return c.plane[y*c.stride:][:d.width]
	case across == 2 && down <= 2 && c.width > 2, across == 1 && down == 2:
		chroma(c, across, down, y, out)
	default:
		from := c.plane[y/down*c.stride:]
		for x := range out {
			out[x] = from[x/across]
		}
	}
	return out
}

// fromYCbCr converts a row:
//
//	R = Y + 1.402 (Cr − 128)
//	G = Y − 0.34414 (Cb − 128) − 0.71414 (Cr − 128)
//	B = Y + 1.772 (Cb − 128)
//
// with 16 binary places, each product of red and blue rounded.
//
// Source: ITU-T T.871 §7.
func fromYCbCr(red, green, blue, luma, cb, cr []byte) {
	const half = 1 << 15
	n := len(red)
	green, blue, luma, cb, cr = green[:n], blue[:n], luma[:n], cb[:n], cr[:n]
	for x := range red {
		l, b, r := int32(luma[x]), int32(cb[x])-128, int32(cr[x])-128
		red[x] = sample(l + (91881*r+half)>>16)
		green[x] = sample(l + (-22554*b-46802*r+half)>>16)
		blue[x] = sample(l + (116130*b+half)>>16)
	}
}

// unit is a byte's value, cut to its range, between 0 and 1.
func unit(v int) float32 { return float32(min(max(v, 0), 255)) / 255 }
