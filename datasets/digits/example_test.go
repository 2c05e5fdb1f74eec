package digits_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
)

func ExampleOpen() {
	train, test := digits.Open(0)
	fmt.Println(train.Len(), test.Len(), train.Shape())

	l := datasets.NewLoader(train, datasets.LoaderOptions{Batch: 64, Seed: 1})
	defer l.Close()
	if l.Next() {
		fmt.Println(l.Batch().Y[:8])
	}
	// Output:
	// 10000 2000 [1 28 28]
	// [3 2 8 9 9 8 5 1]
}
