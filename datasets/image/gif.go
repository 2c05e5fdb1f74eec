package image

import (
	"image"
	"image/color"
	"image/gif"
)

func gifSize(data []byte) (width, height int, err error) { return configSize(data, gif.DecodeConfig) }

// decodeGIF decodes the first frame in its place on the canvas; what it leaves free is transparent.
func decodeGIF(data []byte, o Options) (*Picture, error) {
	width, height, err := gifSize(data)
	if err != nil {
		return nil, err
	}
	m, err := readWhole(data, gif.Decode)
	if err != nil {
		return nil, err
	}
	p := fromImage(m, o)
	if b := m.Bounds(); b != image.Rect(0, 0, width, height) {
		p = p.onto(height, width, b.Min.Y, b.Min.X, o.Background)
	}
	return p, nil
}

// onto returns a canvas of the background with p at (top, left); what lies outside is cut off.
func (p *Picture) onto(height, width, top, left int, background color.Color) *Picture {
	out := &Picture{Pix: make([]float32, p.Channels*height*width), Channels: p.Channels, Height: height, Width: width}
	back := over(color.Transparent, background)
	for c := range p.Channels {
		plane := out.Pix[c*height*width : (c+1)*height*width]
		for i := range plane {
			plane[i] = back[c]
		}
		for y := max(0, -top); y < min(p.Height, height-top); y++ {
			from, to := max(0, -left), min(p.Width, width-left)
			if from < to {
				copy(plane[(top+y)*width+left+from:], p.Pix[(c*p.Height+y)*p.Width+from:(c*p.Height+y)*p.Width+to])
			}
		}
	}
	return out
}
