package machine_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/machine"
)

func ExampleFits() {
	if err := machine.Fits("the pictures", 1<<10); err != nil {
		fmt.Println("too large for this machine")
		return
	}
	fmt.Println("it fits")
	// Output: it fits
}
