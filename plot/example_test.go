package plot_test

import (
	"fmt"
	"os"

	"github.com/hocsau/hocsau/plot"
)

func ExampleTerminal() {
	// Two pictures of 4 by 4 pixels.
	x := []float32{
		1, 1, 1, 1,
		0, 0, 0, 1,
		0, 0, 1, 0,
		0, 1, 0, 0,

		0, 1, 1, 0,
		1, 0, 0, 1,
		1, 0, 0, 1,
		0, 1, 1, 0,
	}
	err := plot.Terminal(os.Stdout, x, [3]int{2, 4, 4}, plot.TerminalOpts{Captions: []string{"7", "0"}})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// ▀▀▀█ ▄▀▀▄
	//  ▄▀  ▀▄▄▀
	//  7    0
}

func ExampleCurves() {
	img, err := plot.Curves(plot.Panel{
		Title: "loss", XLabel: "epoch", LogY: true,
		Series: []plot.Series{
			{Name: "train", Y: []float64{0.9, 0.3, 0.1}},
			{Name: "val", Y: []float64{0.8, 0.4, 0.3}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(img.Bounds().Size())
	// Output: (720,518)
}
