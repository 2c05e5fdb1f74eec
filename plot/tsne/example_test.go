package tsne_test

import (
	"context"
	"fmt"

	"github.com/hocsau/hocsau/plot/tsne"
)

func ExampleEmbed() {
	x := []float64{0, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 8, 9, 9, 9, 8} // two groups of three points in space
	y, err := tsne.Embed(context.Background(), x, 3, tsne.Options{Perplexity: 2, Exact: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	left := 0
	for i := 0; i < len(y); i += 2 {
		if (y[i] < 0) == (y[0] < 0) {
			left++
		}
	}
	fmt.Println(left, "of", len(y)/2, "on the side of the first")
	// Output: 3 of 6 on the side of the first
}
