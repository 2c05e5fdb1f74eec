package plot

import (
	"fmt"
	"strings"
)

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
	// As wide as there is room.
	return strings.Replace(b.String(), "<svg ", `<svg style="max-width:100%;height:auto" `, 1)
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
