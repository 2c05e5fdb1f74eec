package safetensors_test

import (
	"bytes"
	"fmt"

	"github.com/hocsau/hocsau/internal/safetensors"
)

func ExampleWrite() {
	var b bytes.Buffer
	err := safetensors.Write(&b, []safetensors.Tensor{safetensors.FromFloat32s("fc.weight", []int{1, 2}, []float32{0.5, -1})}, map[string]string{"format": "pt"})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := safetensors.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range f.Names() {
		x, err := f.Tensor(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		values, _ := x.Float32s()
		fmt.Println(name, x.DType, x.Shape, values, f.Metadata)
	}
	// Output: fc.weight F32 [1 2] [0.5 -1] map[format:pt]
}
