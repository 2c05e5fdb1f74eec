package image_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/image"
)

func Example() {
	p, err := image.Decode([]byte("P2 3 1 10\n0 5 10\n"), image.Options{Channels: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Shape(), p.Pix)

	_, err = image.Decode([]byte("P5 100000 100000 255\n"), image.Options{})
	fmt.Println(err)
	// Output:
	// [1 1 3] [0 0.5 1]
	// decode image: PNM: picture of 100000×100000 pixels, limit 40000000 pixels: larger than the limit
}
