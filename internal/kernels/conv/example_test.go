package conv_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/conv"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
)

// The horizontal differences of an image of one row.
func ExampleForward() {
	s := conv.Shape2D(1, 1, 1, [2]int{1, 5}, [2]int{1, 2}, 1, 0)
	x := []float32{1, 4, 9, 16, 25}
	y := make([]float32, 4)
	conv.Forward(nil, &s, x, []float32{-1, 1}, []float32{-6}, y, gemm.ReLU, 0)
	fmt.Println(y)
	// Output: [0 0 1 3]
}
