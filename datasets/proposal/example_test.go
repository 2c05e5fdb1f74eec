package proposal_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/proposal"
)

// The left half is black, the right half white.
func ExampleSegment() {
	x := augment.NewImage[float32](1, 8, 8)
	for i := range x.Pix {
		if i%8 >= 4 {
			x.Pix[i] = 1
		}
	}
	regions, count, err := proposal.Segment(x, 100, 30)
	fmt.Println(count, regions[:8], err)
	// Output: 2 [0 0 0 0 1 1 1 1] <nil>
}
