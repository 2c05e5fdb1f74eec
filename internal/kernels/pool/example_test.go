package pool_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/pool"
)

func ExampleMax() {
	s := &pool.Shape{
		N: 1, C: 1,
		In: [3]int{1, 2, 4}, Out: [3]int{1, 1, 2},
		Kernel: [3]int{1, 2, 2}, Stride: [3]int{1, 2, 2},
	}
	x := []float32{
		1, 5, 2, 0,
		3, 4, 8, 1,
	}
	y, idx := make([]float32, 2), make([]int32, 2)
	pool.Max(nil, s, x, y, idx)
	fmt.Println(y, idx)

	dx := make([]float32, 8)
	pool.MaxGrad(nil, s, idx, []float32{10, 20}, dx)
	fmt.Println(dx)
	// Output:
	// [5 8] [1 6]
	// [0 10 0 0 0 0 20 0]
}
