package npy_test

import (
	"bytes"
	"fmt"

	"github.com/hocsau/hocsau/datasets/npy"
)

func ExampleDecode() {
	var file bytes.Buffer
	if err := npy.Write(&file, &npy.Array{Shape: []int{2, 2}, Type: "<f4", F64: []float64{1, 2, 3, 4.5}}); err != nil {
		fmt.Println(err)
		return
	}
	a, err := npy.Decode(file.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Type, a.Shape, a.F64)
	// Output: <f4 [2 2] [1 2 3 4.5]
}
