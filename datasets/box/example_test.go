package box_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/box"
)

func Example() {
	a := box.Box{X1: 0, Y1: 0, X2: 2, Y2: 2}
	b := box.Box{X1: 1, Y1: 0, X2: 3, Y2: 2}
	fmt.Printf("%.3f\n", box.IoU(a, b))
	fmt.Printf("%+v\n", b.Center())
	// Output:
	// 0.333
	// {X:2 Y:1 H:2 W:2}
}

func ExampleDecodeYOLO() {
	a, problems, err := box.DecodeYOLO([]byte("0 0.5 0.5 0.2 0.4\n7 0.5 0.5 0.1 0.1\n"), 100, 50, []string{"cat"})
	fmt.Println(a.Objects[0].Class, a.Objects[0].Box, err)
	fmt.Println(problems)
	// Output:
	// cat {40 15 60 35} <nil>
	// [line 2: class "7", expected 0 to 0; dropped]
}
