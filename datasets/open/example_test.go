package open_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/open"
)

func Example() {
	dir, err := os.MkdirTemp("", "open")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, at := range []string{"train/cat", "train/dog", "val/cat", "val/dog"} {
		folder := filepath.Join(dir, filepath.FromSlash(at))
		if err := os.MkdirAll(folder, 0o777); err != nil {
			panic(err)
		}
		for i := range 3 {
			p := &image.Picture{Pix: make([]float32, 3*8*8), Channels: 3, Height: 8, Width: 8}
			p.Pix[i] = 1
			if err := image.WritePNG(filepath.Join(folder, fmt.Sprint(i, ".png")), p); err != nil {
				panic(err)
			}
		}
	}
	p, err := open.Open(context.Background(), dir, open.Opts{Input: []int{3, 8, 8}})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.Took)
	fmt.Println(p.Train.Len(), p.Test.Len(), p.Train.Classes())
	// Output:
	// train/ to train on, val/ to test; 2 classes
	// 6 6 [cat dog]
}
