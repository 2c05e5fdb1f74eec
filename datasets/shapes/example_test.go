package shapes_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/shapes"
)

func Example() {
	s, err := shapes.New(shapes.Options{Task: shapes.Detect, Len: 1000, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 3*64*64)
	if _, err := s.At(0, x); err != nil {
		fmt.Println(err)
		return
	}
	objects, err := s.Truth(0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range objects {
		c := o.Box.Center()
		fmt.Printf("%s at %.2f, %.2f\n", s.Classes()[o.Class], c.X, c.Y)
	}
	// Output:
	// cross at 0.17, 0.48
	// arrow at 0.50, 0.83
}
