package image

func jpegSize(data []byte) (width, height int, err error) {
	d := &jpegDecoder{bitReader: bitReader{data: data}}
	err = d.readFrame()
	return d.width, d.height, err
}

// decodeJPEG decodes as libjpeg does, whose pixels are what networks were trained on.
func decodeJPEG(data []byte, _ Options) (*Picture, error) {
	l, err := decodeJPEGLevels(data)
	if err != nil {
		return nil, err
	}
	return l.picture(), nil
}

func decodeJPEGLevels(data []byte) (*levels, error) {
	d := &jpegDecoder{bitReader: bitReader{data: data}}
	if err := d.readScans(); err != nil {
		return nil, err
	}
	d.transformAll()
	return d.levels(), nil
}

// levels is a picture of bytes.
type levels struct {
	pix                     []byte // [C, H, W]
	channels, height, width int
}

func newLevels(channels, height, width int) *levels {
	return &levels{make([]byte, channels*height*width), channels, height, width}
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

func (d *jpegDecoder) levels() *levels { return d.levelsAs(d.colours()) }

// levelsAs joins the components to grey or to red, green, blue. Four are ink, which
// Adobe's programs, and all after them, store as 255 for none:
//
//	R = C K / 255, G = M K / 255, B = Y K / 255
func (d *jpegDecoder) levelsAs(kind jpegColours) *levels {
	h, w := d.height, d.width
	n := h * w
	if kind == jpegGrey {
		l := newLevels(1, h, w)
		for y := range h {
			copy(l.pix[y*w:(y+1)*w], d.components[0].plane[y*d.components[0].stride:])
		}
		return l
	}
	l := newLevels(3, h, w)
	rows := make([][]byte, len(d.components))
	var room [4][]byte
	for i := range rows {
		room[i] = make([]byte, w+8)
	}
	for y := range h {
		for i := range rows {
			rows[i] = d.row(i, y, room[i])
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

// chroma gives out, row y of the picture, the samples of a plane that has one
// for across columns and down rows: each is ¾ of the nearest sample and ¼ of the
// next, in both directions.
func chroma(c *jpegComponent, across, down, y int, out []byte) {
	at := func(r int) []byte {
		r = min(max(r, 0), c.height-1)
		return c.plane[r*c.stride:][:c.width]
	}
	near := at(y / down)
	if down == 1 {
		last := c.width - 1
		for x := range out {
			beside := near[min(max(x/2-1+2*(x%2), 0), last)]
			out[x] = byte((3*int(near[x/2]) + int(beside) + 1 + x%2) >> 2)
		}
		return
	}
	far := at(y/2 - 1 + 2*(y%2))
	if across == 1 {
		for x := range out {
			out[x] = byte((3*int(near[x]) + int(far[x]) + 1 + y%2) >> 2)
		}
		return
	}
	sum := func(i int) int { return 3*int(near[i]) + int(far[i]) }
	last := c.width - 1
	for x := range out {
		i := x / 2
		j := min(max(i-1+2*(x%2), 0), last)
		out[x] = byte((3*sum(i) + sum(j) + 8 - x%2) >> 4)
	}
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
