package layered_test

import (
	"fmt"
	"strings"

	"github.com/hocsau/hocsau/internal/layered"
)

func Example() {
	svg := layered.SVG("", []layered.Box{
		{Lines: []string{"x", "[1, 784]"}, Kind: layered.Input},
		{Lines: []string{"fc.weight", "[10, 784]"}, Kind: layered.Weights},
		{Lines: []string{"Linear", "[1, 10]"}, Reads: []int{0, 1}},
	})
	fmt.Println(strings.Count(svg, "<rect"), "rectangles,", strings.Count(svg, "[1, 784]"), "input")
	// Output:
	// 4 rectangles, 1 input
}
