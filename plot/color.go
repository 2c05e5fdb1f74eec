package plot

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// colors is the number of colours of series; the next ones are dashed.
const colors = 7

// seriesColor returns the colour of series i: the palette of Okabe and Ito,
// which colour-blind readers tell apart, without its yellow.
func seriesColor(i int) color.NRGBA {
	palette := [colors]color.NRGBA{
		{0x00, 0x72, 0xb2, 0xff}, // blue
		{0xd5, 0x5e, 0x00, 0xff}, // vermilion
		{0x00, 0x9e, 0x73, 0xff}, // green
		{0xcc, 0x79, 0xa7, 0xff}, // purple
		{0xe6, 0x9f, 0x00, 0xff}, // orange
		{0x56, 0xb4, 0xe9, 0xff}, // sky blue
		{0x33, 0x33, 0x33, 0xff},
	}
	return palette[i%colors]
}

// seriesDashes tells series of one colour apart.
func seriesDashes(i int) []vg.Length {
	switch i / colors {
	case 0:
		return nil
	case 1:
		return []vg.Length{4, 2}
	}
	return []vg.Length{1.5, 1.5}
}

// Colours of what is no data.
func ink() color.NRGBA   { return color.NRGBA{0x22, 0x22, 0x22, 0xff} }
func faint() color.NRGBA { return color.NRGBA{0x77, 0x77, 0x77, 0xff} }
func hair() color.NRGBA  { return color.NRGBA{0xdd, 0xdd, 0xdd, 0xff} }

// shade mixes white with col: share 0 is white, 1 is col.
func shade(share float64, col color.NRGBA) color.NRGBA {
	mix := func(v uint8) uint8 { return uint8(255 + share*(float64(v)-255) + 0.5) }
	return color.NRGBA{mix(col.R), mix(col.G), mix(col.B), 0xff}
}
