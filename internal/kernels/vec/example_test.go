package vec_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

func ExampleMap() {
	x := []float32{-1, 0, 2}
	y, dx := make([]float32, 3), make([]float32, 3)
	vec.Map(nil, vec.ReLU, x, y, 0)
	vec.MapGrad(nil, vec.ReLU, nil, y, []float32{1, 1, 1}, dx, 0)
	fmt.Println(y, dx)
	// Output: [0 0 2] [0 0 1]
}

func ExampleZipBroadcast() {
	x, bias := []float64{1, 2, 3, 4, 5, 6}, []float64{10, 20, 30}
	y := make([]float64, 6)
	vec.ZipBroadcast(nil, vec.Add, []int{2, 3}, []int{3, 1}, []int{0, 1}, x, bias, y)
	fmt.Println(y)
	// Output: [11 22 33 14 25 36]
}

func ExampleCrossEntropy() {
	logits := []float64{0, 0, 3, -1}
	loss, prob := make([]float64, 2), make([]float64, 4)
	vec.CrossEntropy(nil, 2, 2, logits, []int{0, 0}, nil, 0, nil, loss, prob)
	fmt.Printf("%.3f %.3f\n", loss, prob)
	// Output: [0.693 0.018] [0.500 0.500 0.982 0.018]
}
