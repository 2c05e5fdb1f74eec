package plot

import (
	"fmt"
	"strings"
)

// pageWidth is the width of a notebook's output in pixels, about.
const pageWidth = 960

// Map is points on a plane with their names, such as words by their vectors. A
// notebook shows it as WriteScatterSVG draws it.
type Map struct {
	Title  string
	Points []Point
}

// SVG draws the map; nothing where it cannot be drawn, String then says why.
func (m Map) SVG() string {
	var b strings.Builder
	if err := WriteScatterSVG(&b, m.Title, m.Points); err != nil {
		return ""
	}
	// The map scales: as wide as a page, and narrower where there is less room.
	whole := fmt.Sprintf(`width="%d" height="%d"`, mapWidth, mapHeight)
	page := fmt.Sprintf(`style="max-width:100%%;height:auto" width="%d" height="%d"`, pageWidth, pageWidth*mapHeight/mapWidth)
	return strings.Replace(b.String(), whole, page, 1)
}

// String says how many points there are, or what is wrong with them.
func (m Map) String() string {
	if len(m.Points) == 0 {
		return "map without points"
	}
	if _, err := place(m.Points, faces{}); err != nil {
		return "map that cannot be drawn: " + err.Error()
	}
	return fmt.Sprintf("map of %d points", len(m.Points))
}
