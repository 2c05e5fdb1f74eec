package image

import "image"

// fillYCbCr converts a JPEG picture as libjpeg does, whose pixels are what
// networks were trained on: colours between the samples are interpolated, not
// repeated, and rounded in the same way.
//
// Source: ITU-T T.871 §7; the triangle filter of IJG's libjpeg.
func (p *Picture) fillYCbCr(m *image.YCbCr) {
	h, w := p.Height, p.Width
	across, down := 0, 0 // 0: samples are repeated
	if m.Rect.Min == (image.Point{}) {
		switch m.SubsampleRatio {
		case image.YCbCrSubsampleRatio440:
			across, down = 1, 2
		case image.YCbCrSubsampleRatio422:
			across, down = 2, 1
		case image.YCbCrSubsampleRatio420:
			across, down = 2, 2
		}
		if across == 2 && (w+1)/2 <= 2 { // too narrow for libjpeg to interpolate
			across = 0
		}
	}
	cb, cr := make([]byte, w), make([]byte, w)
	for y := range h {
		if across == 0 {
			for x := range w {
				i := m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
				cb[x], cr[x] = m.Cb[i], m.Cr[i]
			}
		} else {
			chroma(m.Cb, m.CStride, across, down, h, y, cb)
			chroma(m.Cr, m.CStride, across, down, h, y, cr)
		}
		row := m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y+y):]
		p.fillRow(y, row[:w], cb, cr)
	}
}

// chroma gives out, row y of the picture, the samples of a plane that has one
// for across columns and down rows: each is ¾ of the nearest sample and ¼ of the
// next, in both directions.
func chroma(plane []byte, stride, across, down, height, y int, out []byte) {
	width := (len(out) + across - 1) / across
	rows := (height + down - 1) / down
	at := func(r int) []byte {
		r = min(max(r, 0), rows-1)
		return plane[r*stride : r*stride+width]
	}
	near := at(y / down)
	if down == 1 {
		for x := range out {
			beside := near[min(max(x/2-1+2*(x%2), 0), width-1)]
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
	for x := range out {
		i := x / 2
		j := min(max(i-1+2*(x%2), 0), width-1)
		out[x] = byte((3*sum(i) + sum(j) + 8 - x%2) >> 4)
	}
}

// fillRow converts row y:
//
//	R = Y + 1.402 (Cr − 128)
//	G = Y − 0.34414 (Cb − 128) − 0.71414 (Cr − 128)
//	B = Y + 1.772 (Cb − 128)
//
// with 16 binary places, each product of red and blue rounded.
func (p *Picture) fillRow(y int, luma, cb, cr []byte) {
	const half = 1 << 15
	n := p.Height * p.Width
	for x, l := range luma {
		b, r := int(cb[x])-128, int(cr[x])-128
		i := y*p.Width + x
		p.Pix[i] = unit(int(l) + (91881*r+half)>>16)
		p.Pix[n+i] = unit(int(l) + (-22554*b-46802*r+half)>>16)
		p.Pix[2*n+i] = unit(int(l) + (116130*b+half)>>16)
	}
}

// unit is a byte's value, cut to its range, between 0 and 1.
func unit(v int) float32 { return float32(min(max(v, 0), 255)) / 255 }
