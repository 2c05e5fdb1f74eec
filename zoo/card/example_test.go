package card_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/zoo/card"
)

func ExampleInput() {
	in := &card.Input{Shape: []int{1, 2, 2}, Fit: card.Crop, Mean: []float32{0.5}, Std: []float32{0.5}}
	wide := &image.Picture{Channels: 1, Height: 2, Width: 4, Pix: []float32{
		0, 1, 0, 0,
		0, 0, 1, 0,
	}}
	x, err := in.Prepare(wide) // the middle, from −1 to 1
	fmt.Println(x, err)
	// Output: [1 -1 -1 1] <nil>
}
