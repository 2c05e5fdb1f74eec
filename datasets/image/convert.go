package image

import (
	"image"
	"image/color"
)

// fromImage converts m to floats, transparent pixels over o.Background.
func fromImage(m image.Image, o Options) *Picture {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if g, ok := m.(*image.Gray); ok {
		return fromGray(g, w, h).withChannels(o.Channels)
	}
	if m, ok := m.(*image.YCbCr); ok {
		if d, ok := fromPlanes(m); ok {
			return d.levelsAs(jpegYCbCr).picture().withChannels(o.Channels)
		}
	}
	p := &Picture{Pix: make([]float32, 3*w*h), Channels: 3, Height: h, Width: w}
	switch m := m.(type) {
	case *image.Paletted:
		p.fillPaletted(m, o.Background)
	case *image.RGBA:
		p.fillRGBA(m, o.Background)
	default:
		p.fillAny(m, o.Background)
	}
	return p.withChannels(o.Channels)
}

func fromGray(m *image.Gray, w, h int) *Picture {
	p := &Picture{Pix: make([]float32, w*h), Channels: 1, Height: h, Width: w}
	for y := range h {
		row := m.Pix[y*m.Stride : y*m.Stride+w]
		for x, v := range row {
			p.Pix[y*w+x] = float32(v) / 255
		}
	}
	return p
}

func (p *Picture) fillPaletted(m *image.Paletted, background color.Color) {
	n := p.Height * p.Width
	var table [256][3]float32
	for i := range table {
		var c color.Color = color.Transparent // an index outside the palette
		if i < len(m.Palette) {
			c = m.Palette[i]
		}
		table[i] = over(c, background)
	}
	for y := range p.Height {
		for x, v := range m.Pix[y*m.Stride : y*m.Stride+p.Width] {
			i, c := y*p.Width+x, table[v]
			p.Pix[i], p.Pix[n+i], p.Pix[2*n+i] = c[0], c[1], c[2]
		}
	}
}

func (p *Picture) fillRGBA(m *image.RGBA, background color.Color) {
	n := p.Height * p.Width
	for y := range p.Height {
		row := m.Pix[y*m.Stride : y*m.Stride+4*p.Width]
		for x := range p.Width {
			i, q := y*p.Width+x, row[4*x:4*x+4]
			if q[3] == 255 {
				p.Pix[i], p.Pix[n+i], p.Pix[2*n+i] = float32(q[0])/255, float32(q[1])/255, float32(q[2])/255
				continue
			}
			c := over(color.RGBA{R: q[0], G: q[1], B: q[2], A: q[3]}, background)
			p.Pix[i], p.Pix[n+i], p.Pix[2*n+i] = c[0], c[1], c[2]
		}
	}
}

func (p *Picture) fillAny(m image.Image, background color.Color) {
	n := p.Height * p.Width
	b := m.Bounds()
	for y := range p.Height {
		for x := range p.Width {
			i, c := y*p.Width+x, over(m.At(b.Min.X+x, b.Min.Y+y), background)
			p.Pix[i], p.Pix[n+i], p.Pix[2*n+i] = c[0], c[1], c[2]
		}
	}
}

// over returns c painted over the background: c + (1 − α) background, c premultiplied.
func over(c, background color.Color) [3]float32 {
	r, g, b, a := c.RGBA()
	out := [3]float32{float32(r), float32(g), float32(b)}
	if a < 0xffff {
		br, bg, bb, _ := background.RGBA()
		rest := 1 - float32(a)/0xffff
		out[0] += rest * float32(br)
		out[1] += rest * float32(bg)
		out[2] += rest * float32(bb)
	}
	for k := range out {
		out[k] = min(out[k]/0xffff, 1)
	}
	return out
}

// blend paints p over the background with the opacity of each pixel, from 0 to 255.
func (p *Picture) blend(alpha []byte, stride int, background color.Color) {
	back := over(color.Transparent, background)
	n := p.Height * p.Width
	for y := range p.Height {
		for x, a := range alpha[y*stride : y*stride+p.Width] {
			if a == 255 {
				continue
			}
			share := float32(a) / 255
			for c := range p.Channels {
				v := &p.Pix[c*n+y*p.Width+x]
				*v = min(*v*share+back[c]*(1-share), 1)
			}
		}
	}
}
