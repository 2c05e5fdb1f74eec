package idx_test

import (
	"bytes"
	"fmt"

	"github.com/hocsau/hocsau/datasets/idx"
)

func ExampleRead() {
	var file bytes.Buffer
	if err := idx.Write(&file, &idx.Array{Shape: []int{1, 2, 2}, Data: []byte{0, 51, 102, 255}}); err != nil {
		fmt.Println(err)
		return
	}
	images, err := idx.Read(&file, int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := idx.NewSet(images, &idx.Array{Shape: []int{1}, Data: []byte{7}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 4)
	label, err := set.At(0, x)
	fmt.Println(set.Shape(), x, label, err)
	// Output: [1 2 2] [0 0.2 0.4 1] 7 <nil>
}
