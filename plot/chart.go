package plot

import (
	"image"
	"image/color"

	"github.com/pkg/errors"
	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A chart is a pair of axes with a title and a legend above them, so that the
// legend never covers a line.
type chart struct {
	*gplot.Plot
	title         string
	legend        []entry
	width, height vg.Length
}

// An entry is a line of a legend.
type entry struct {
	name   string
	series int // or noSeries, for what is marked
}

const noSeries = -1

// sample is the line before a name.
func (e entry) sample() draw.LineStyle {
	if e.series == noSeries {
		return uprightStyle()
	}
	return draw.LineStyle{Color: seriesColor(e.series), Width: 2.5, Dashes: seriesDashes(e.series)}
}

// uprightStyle is how what is marked is drawn.
func uprightStyle() draw.LineStyle {
	return draw.LineStyle{Color: faint(), Width: 1, Dashes: []vg.Length{4, 3}}
}

const (
	dpi         = 144
	chartWidth  = 5 * vg.Inch
	chartHeight = 3.6 * vg.Inch
	margin      = 10 * vg.Length(1) // points
)

func newChart(title, xLabel, yLabel string) *chart {
	p := gplot.New()
	for _, axis := range []*gplot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font = sans(10)
		axis.Label.TextStyle.Color = ink()
		axis.Label.Padding = 3
		axis.Tick.Label.Font = sans(9)
		axis.Tick.Label.Color = ink()
		axis.Tick.LineStyle.Color = faint()
		axis.LineStyle.Color = faint()
	}
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = hair(), hair()
	p.Add(grid)
	return &chart{Plot: p, title: title, width: chartWidth, height: chartHeight}
}

func sans(points vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: points}
}

func style(points vg.Length, col color.Color) text.Style {
	return text.Style{Color: col, Font: sans(points), Handler: names{gplot.DefaultTextHandler, faces{}}}
}

// drawCharts draws charts side by side.
func drawCharts(charts []*chart) (image.Image, error) {
	var width, height vg.Length
	for _, c := range charts {
		width += c.width
		height = max(height, c.height)
	}
	pixels := float64(width.Dots(dpi)) * float64(height.Dots(dpi))
	if pixels > maxPixels {
		return nil, errors.Errorf("picture of %.0f pixels, expected at most %d", pixels, maxPixels)
	}
	img := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	all := draw.New(img)
	x := vg.Length(0)
	for _, c := range charts {
		c.draw(draw.Crop(all, x+margin, x+c.width-width-margin, margin, -margin))
		x += c.width
	}
	return img.Image(), nil
}

// draw draws title, legend and axes from top to bottom.
func (c *chart) draw(area draw.Canvas) {
	if c.title != "" {
		title := style(12, ink())
		title.XAlign, title.YAlign = text.XCenter, text.YTop
		area.FillText(title, vg.Point{X: area.Center().X, Y: area.Max.Y}, c.title)
		area.Max.Y -= 18
	}
	c.drawLegend(&area)
	c.Draw(area)
}

// drawLegend writes the names in rows below the title and takes their space
// from area. A single unnamed series needs none.
func (c *chart) drawLegend(area *draw.Canvas) {
	const (
		sample = 16 // length of the line before a name
		gap    = 4
		apart  = 14
		row    = 14
	)
	sty := style(9, ink())
	sty.YAlign = text.YCenter
	size := func(e entry) vg.Length { return sample + gap + sty.Width(e.name) }
	room := area.Max.X - area.Min.X
	for i := 0; i < len(c.legend); {
		if c.legend[i].name == "" {
			i++
			continue
		}
		end, used := i+1, size(c.legend[i])
		for end < len(c.legend) && used+apart+size(c.legend[end]) <= room {
			used += apart + size(c.legend[end])
			end++
		}
		x, y := area.Center().X-used/2, area.Max.Y-row/2
		for _, e := range c.legend[i:end] {
			area.StrokeLine2(e.sample(), x, y, x+sample, y)
			area.FillText(sty, vg.Point{X: x + sample + gap, Y: y}, e.name)
			x += size(e) + apart
		}
		area.Max.Y -= row
		i = end
	}
	area.Max.Y -= 4
}
