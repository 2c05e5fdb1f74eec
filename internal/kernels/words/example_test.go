package words_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/kernels/words"
)

func ExampleNegative() {
	n := words.Width(2)
	h, sum, theta := make([]float32, n), make([]float32, n), make([]float32, 2*n)
	h[0] = 1
	var scores words.Scores
	words.Negative(h, sum, theta, []int{0, n}, 1, 0.5, &scores) // row 0 is right, row 1 wrong
	fmt.Println(theta[0], theta[n])
	// Output: 0.25 -0.25
}
