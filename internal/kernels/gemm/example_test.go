package gemm_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/gemm"
)

// A linear layer with ReLU: y = max(0, x·wᵀ + b).
func ExampleGemm() {
	x := []float32{1, 2, 3} // [1, 3]
	w := []float32{         // [2, 3]
		1, 0, 1,
		0, -1, 0,
	}
	y := make([]float32, 2)
	ep := gemm.Epilogue[float32]{Bias: []float32{0.5, 1}, Act: gemm.ReLU}
	gemm.Gemm(nil, false, true, 1, 2, 3, x, 3, w, 3, 0, y, 2, ep)
	fmt.Println(y)
	// Output: [4.5 0]
}
