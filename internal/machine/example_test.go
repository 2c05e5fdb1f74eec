package machine_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/machine"
)

func Example() {
	const need = 1 << 10
	if room, known := machine.Room(); known && need > room {
		fmt.Println("too large for this machine")
		return
	}
	fmt.Println("it fits")
	// Output: it fits
}
