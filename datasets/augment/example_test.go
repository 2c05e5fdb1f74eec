package augment_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/augment"
)

func Example() {
	p, err := augment.NewPipeline(2, []int{1, 1, 4}, augment.RandomFlip{Horizontal: 0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	for epoch := range 3 {
		x := []float32{0, 0.25, 0.5, 0.75}
		p.Apply(x, epoch, 0)
		fmt.Println(x)
	}
	// Output:
	// [0 0.25 0.5 0.75]
	// [0 0.25 0.5 0.75]
	// [0.75 0.5 0.25 0]
}

func ExampleResize() {
	x := augment.Image[float64]{Pix: []float64{0, 1}, C: 1, H: 1, W: 2}
	y, err := augment.Resize(x, 1, 4, augment.Bilinear)
	fmt.Println(y.Pix, err)
	// Output: [0 0.25 0.75 1] <nil>
}
