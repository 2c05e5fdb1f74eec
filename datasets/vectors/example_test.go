package vectors_test

import (
	"fmt"
	"os"

	"github.com/hocsau/hocsau/datasets/vectors"
)

func Example() {
	v, err := vectors.New([]string{"king", "queen"}, []float32{1, 0.5, 1, -0.5}, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := v.Write(os.Stdout, vectors.Text); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2 2
	// king 1 0.5
	// queen 1 -0.5
}
