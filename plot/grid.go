package plot

import (
	"image"
	"image/color"
	"math"

	"github.com/pkg/errors"
)

// GridOpts are the settings of ImageGrid; the zero value lets it choose.
type GridOpts struct {
	Title    string
	Captions []string // below each image, such as "4→9 0.98"; nil for none
	Columns  int      // 0 means about as many as rows, the picture wider than high
	Scale    int      // screen pixels a pixel, 0 means what makes about 112 of an image
	// Low and High are the values of black and white; both 0 means 0 and 1.
	// Values beyond are cut, NaN is red.
	Low, High float32
}

// ImageGrid draws the N images of x [N, C, H, W], grey for C = 1 and RGB for
// C = 3, in rows from left to right.
func ImageGrid(x []float32, shape [4]int, opts GridOpts) (image.Image, error) {
	g, err := newGrid(x, shape, opts)
	if err != nil {
		return nil, errors.Wrap(err, "image grid")
	}
	img, err := g.draw()
	return img, errors.Wrap(err, "image grid")
}

// A grid is a picture of many images.
type grid struct {
	*canvas
	GridOpts
	x             []float32
	n, ch, h, w   int
	cellW, cellH  int
	top, captionH int
}

const captionFont = 17

func newGrid(x []float32, shape [4]int, opts GridOpts) (*grid, error) {
	size := 1
	for axis, n := range shape {
		if n < 1 || size > math.MaxInt/n {
			return nil, errors.Errorf("shape %v: size %d on axis %d, expected at least 1 and a product that fits", shape, n, axis)
		}
		size *= n
	}
	if len(x) != size {
		return nil, errors.Errorf("%d values, expected %d for shape %v", len(x), size, shape)
	}
	g := &grid{GridOpts: opts, x: x, n: shape[0], ch: shape[1], h: shape[2], w: shape[3]}
	if g.ch != 1 && g.ch != 3 {
		return nil, errors.Errorf("%d channels, expected 1 (grey) or 3 (RGB)", g.ch)
	}
	if g.Captions != nil && len(g.Captions) != g.n {
		return nil, errors.Errorf("%d captions, expected %d", len(g.Captions), g.n)
	}
	if g.Low == 0 && g.High == 0 {
		g.High = 1
	}
	if !(g.Low < g.High) {
		return nil, errors.Errorf("black %g, white %g, expected the smaller first", g.Low, g.High)
	}
	if g.Columns < 0 || g.Scale < 0 {
		return nil, errors.Errorf("%d columns, scale %d, expected at least 0", g.Columns, g.Scale)
	}
	return g, g.layout()
}

func (g *grid) layout() error {
	const gap = 10
	if g.Scale == 0 {
		g.Scale = max(1, (112+max(g.h, g.w)/2)/max(g.h, g.w))
	}
	if g.Columns == 0 {
		g.Columns = int(math.Ceil(math.Sqrt(1.6 * float64(g.n))))
	}
	g.Columns = min(g.Columns, g.n)
	if g.Scale > maxPixels/max(g.h, g.w) {
		return errors.Errorf("scale %d makes an image of %d by %d larger than a picture may be", g.Scale, g.h, g.w)
	}
	fonts := faces{}
	captions, err := fonts.widest(g.Captions, captionFont)
	if err != nil {
		return err
	}
	title, err := fonts.width(g.Title, titleFont)
	if err != nil {
		return err
	}
	g.cellW = max(g.w*g.Scale, min(captions, 260)) + gap
	if g.Captions != nil {
		g.captionH = captionFont + 8
	}
	g.cellH = g.h*g.Scale + g.captionH + gap
	if g.Title != "" {
		g.top = titleFont + 18
	}
	rows := (g.n + g.Columns - 1) / g.Columns
	width := max(g.Columns*g.cellW, min(title, maxTitle)) + 2*border - gap
	if g.canvas, err = newCanvas(width, g.top+rows*g.cellH+2*border-gap); err != nil {
		return err
	}
	g.fonts = fonts
	return nil
}

func (g *grid) draw() (image.Image, error) {
	title := image.Rect(border, border, g.Bounds().Max.X-border, border+titleFont+8)
	if err := g.text(title, center, titleFont, ink(), g.Title); err != nil {
		return nil, err
	}
	offset := (g.Bounds().Dx() - g.Columns*g.cellW) / 2 // a wide title centres the images
	for i := range g.n {
		at := image.Pt(offset+i%g.Columns*g.cellW, border+g.top+i/g.Columns*g.cellH)
		at.X += (g.cellW - g.w*g.Scale) / 2
		g.drawImage(i, at)
		if g.Captions == nil {
			continue
		}
		below := at.Y + g.h*g.Scale
		middle := at.X + g.w*g.Scale/2
		box := image.Rect(middle-g.cellW/2, below, middle+g.cellW/2, below+g.captionH)
		if err := g.text(box, center, captionFont, ink(), g.Captions[i]); err != nil {
			return nil, err
		}
	}
	return g.RGBA, nil
}

// drawImage draws image i with a hairline around it.
func (g *grid) drawImage(i int, at image.Point) {
	frame := image.Rectangle{at, at.Add(image.Pt(g.w*g.Scale, g.h*g.Scale))}
	g.fill(frame.Inset(-1), hair())
	plane := g.h * g.w
	for y := range g.h {
		for x := range g.w {
			p := i*g.ch*plane + y*g.w + x
			var c color.RGBA
			if g.ch == 1 {
				c = rgb(g.unit(g.x[p]), g.unit(g.x[p]), g.unit(g.x[p]))
			} else {
				c = rgb(g.unit(g.x[p]), g.unit(g.x[p+plane]), g.unit(g.x[p+2*plane]))
			}
			corner := at.Add(image.Pt(x*g.Scale, y*g.Scale))
			for dy := range g.Scale {
				for dx := range g.Scale {
					g.SetRGBA(corner.X+dx, corner.Y+dy, c)
				}
			}
		}
	}
}

// unit maps Low to 0 and High to 1.
func (g *grid) unit(v float32) float64 {
	return (float64(v) - float64(g.Low)) / (float64(g.High) - float64(g.Low))
}

// rgb returns a colour of parts that are cut to 0 to 1; NaN is red.
func rgb(r, g, b float64) color.RGBA {
	if math.IsNaN(r) || math.IsNaN(g) || math.IsNaN(b) {
		return color.RGBA{0xff, 0, 0, 0xff}
	}
	part := func(v float64) uint8 { return uint8(255*min(max(v, 0), 1) + 0.5) }
	return color.RGBA{part(r), part(g), part(b), 0xff}
}
