package torchfile_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/torchfile"
)

func ExampleOpen() {
	f, err := torchfile.Open("testdata/old.pth")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	x, err := f.Tensor("conv.bias")
	if err != nil {
		fmt.Println(err)
		return
	}
	values, _ := x.Float32s()
	fmt.Println(x.DType, x.Shape, values, f.Metadata["epoch"])
	// Output: F32 [2] [-1.5 2.25] 3
}
