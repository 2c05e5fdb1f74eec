package plot

import (
	"fmt"
	"html"
	"image"
	"image/color"
	"io"
	"math"
	"strings"

	"github.com/pkg/errors"
)

// Point is a place on a map with its name.
type Point struct {
	X, Y  float64
	Label string
	// Group decides the colour; 0 for none.
	Group int
}

// The sizes of a map in pixels.
const (
	mapWidth, mapHeight = 1600, 1200
	mapMargin           = 40
	mapTitle            = 30
	mapText             = 13.0
)

// placed is a point in pixels.
type placed struct {
	x, y  float64
	label image.Rectangle // where its label stands; empty where there is no room
}

// place fits points into the picture, both axes on one scale, and gives labels,
// right, left, below or above, to those that have room, the first points first.
func place(points []Point, fonts faces) ([]placed, error) {
	lowX, highX, lowY, highY := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i, p := range points {
		if p.X-p.X != 0 || p.Y-p.Y != 0 {
			return nil, errors.Errorf("point %d, %q, lies at %g, %g, expected finite numbers", i, p.Label, p.X, p.Y)
		}
		lowX, highX = min(lowX, p.X), max(highX, p.X)
		lowY, highY = min(lowY, p.Y), max(highY, p.Y)
	}
	const labels = 3 * mapMargin // room for them at the right
	scale := math.Inf(1)
	if highX > lowX {
		scale = (mapWidth - mapMargin - labels) / (highX - lowX)
	}
	if highY > lowY {
		scale = min(scale, (mapHeight-2*mapMargin-mapTitle)/(highY-lowY))
	}
	if math.IsInf(scale, 1) { // one place
		scale = 1
	}
	all := make([]placed, len(points))
	taken := map[[2]int][]image.Rectangle{} // by cells of the picture
	for i, p := range points {
		x := (mapWidth-labels+mapMargin)/2 + scale*(p.X-(lowX+highX)/2)
		y := (mapHeight+mapTitle)/2 - scale*(p.Y-(lowY+highY)/2)
		all[i] = placed{x: x, y: y}
		width, err := fonts.width(p.Label, mapText)
		if err != nil {
			return nil, err
		}
		right := image.Rect(int(x)+4, int(y)-8, int(x)+8+width, int(y)+8)
		for _, box := range []image.Rectangle{
			right, right.Sub(image.Pt(width+12, 0)), right.Add(image.Pt(-6-width/2, 11)), right.Sub(image.Pt(6+width/2, 11)),
		} {
			if p.Label != "" && box.In(image.Rect(0, mapTitle, mapWidth, mapHeight)) && claim(taken, box) {
				all[i].label = box
				break
			}
		}
	}
	return all, nil
}

// claim takes the place of box where no other overlaps it.
func claim(taken map[[2]int][]image.Rectangle, box image.Rectangle) bool {
	const cell = 64
	var cells [][2]int
	for cx := box.Min.X / cell; cx <= box.Max.X/cell; cx++ {
		for cy := box.Min.Y / cell; cy <= box.Max.Y/cell; cy++ {
			cells = append(cells, [2]int{cx, cy})
			for _, other := range taken[[2]int{cx, cy}] {
				if box.Overlaps(other) {
					return false
				}
			}
		}
	}
	for _, c := range cells {
		taken[c] = append(taken[c], box)
	}
	return true
}

func groupColor(group int) color.NRGBA {
	if group <= 0 {
		return ink()
	}
	return seriesColor(group - 1)
}

// Scatter draws points with their labels. Where labels would overlap, that of the
// earlier point is drawn.
func Scatter(title string, points []Point) (image.Image, error) {
	img, err := scatter(title, points)
	return img, errors.Wrap(err, "draw map")
}

func scatter(title string, points []Point) (image.Image, error) {
	if len(points) == 0 {
		return nil, errors.New("no points, expected at least one")
	}
	c, err := newCanvas(mapWidth, mapHeight)
	if err != nil {
		return nil, err
	}
	all, err := place(points, c.fonts)
	if err != nil {
		return nil, err
	}
	if err := c.text(image.Rect(mapMargin, 10, mapWidth-mapMargin, 10+mapTitle), left, 20, ink(), title); err != nil {
		return nil, err
	}
	for i, p := range all {
		col := groupColor(points[i].Group)
		c.dot(p.x, p.y, 2.5, col)
		if p.label.Empty() {
			continue
		}
		if err := c.text(p.label, center, mapText, col, points[i].Label); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// dot draws a disc with a soft rim.
func (c *canvas) dot(x, y, radius float64, col color.NRGBA) {
	for py := int(y - radius - 1); py <= int(y+radius+1); py++ {
		for px := int(x - radius - 1); px <= int(x+radius+1); px++ {
			cover := radius + 0.5 - math.Hypot(float64(px)-x, float64(py)-y)
			if cover <= 0 || !(image.Point{X: px, Y: py}).In(c.Bounds()) {
				continue
			}
			cover = min(cover, 1)
			under := c.RGBAAt(px, py)
			mix := func(a, b uint8) uint8 { return uint8(cover*float64(a) + (1-cover)*float64(b) + 0.5) }
			c.SetRGBA(px, py, color.RGBA{mix(col.R, under.R), mix(col.G, under.G), mix(col.B, under.B), 0xff})
		}
	}
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// WriteScatterSVG draws the same map as Scatter in SVG. The label of every point
// shows when it is pointed at.
func WriteScatterSVG(w io.Writer, title string, points []Point) error {
	if len(points) == 0 {
		return errors.New("write map: no points, expected at least one")
	}
	all, err := place(points, faces{})
	if err != nil {
		return errors.Wrap(err, "write map")
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="Liberation Sans, Arial, sans-serif" font-size="%g">`+"\n",
		mapWidth, mapHeight, mapWidth, mapHeight, mapText)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="%d" y="32" font-size="20" fill="%s">%s</text>`+"\n", mapMargin, hex(ink()), escape(title))
	for i, p := range all {
		col, label := hex(groupColor(points[i].Group)), escape(points[i].Label)
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"><title>%s</title></circle>`, p.x, p.y, col, label)
		if !p.label.Empty() {
			fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s" text-anchor="middle">%s</text>`, (p.label.Min.X+p.label.Max.X)/2, p.label.Max.Y-4, col, label)
		}
		b.WriteByte('\n')
	}
	b.WriteString("</svg>\n")
	_, err = io.WriteString(w, b.String())
	return errors.Wrap(err, "write map")
}

// escape makes s a text of XML, without the characters that it cannot hold.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return html.EscapeString(s)
}
