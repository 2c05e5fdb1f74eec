package cooccur_test

import (
	"context"
	"fmt"
	"os"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/cooccur"
)

func Example() {
	if err := run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// X[0, 1] = 3
	// X[1, 1] = 1
}

func run() (err error) {
	dir, err := os.MkdirTemp("", "cooccur")
	if err != nil {
		return err
	}
	defer func() { err = os.RemoveAll(dir) }()
	c, err := cooccur.Open(dir, cooccur.Options{Words: 2, Window: 2})
	if err != nil {
		return err
	}
	if err := c.Add([]int32{1, 0, 1}); err != nil { // a and b, b twice
		return err
	}
	if err := c.Add([]int32{0, -1, 1, -1}); err != nil { // a word without id takes no place
		return err
	}
	if err := c.Add([]int32{0}); err != nil { // no pair across the end of a sentence
		return err
	}
	m, err := c.Finish(context.Background())
	if err != nil {
		return err
	}
	return m.Cells(func(x text.Cell) error {
		fmt.Printf("X[%d, %d] = %v\n", x.Row, x.Col, x.Value)
		return nil
	})
}
