package gallery_test

import (
	"fmt"

	"github.com/hocsau/hocsau/zoo/gallery"
)

func Example() {
	g := gallery.New(2, "a network")
	if err := g.Enroll("Lan", []float32{0, 1}); err != nil {
		fmt.Println(err)
		return
	}
	if err := g.Enroll("Minh", []float32{1, 0}); err != nil {
		fmt.Println(err)
		return
	}
	answers, err := g.Identify([]float32{0.1, 0.9, -1, 0}, 0.5)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range answers {
		fmt.Printf("%s, known %t, at %.2f\n", a.Name, a.Known, a.Distance)
	}
	// Output:
	// Lan, known true, at 0.02
	// Lan, known false, at 2.00
}
