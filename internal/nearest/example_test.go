package nearest_test

import (
	"fmt"

	"github.com/hocsau/hocsau/internal/nearest"
)

func ExampleName() {
	fmt.Println(nearest.Name("mnits", []string{"digits", "fashion-mnist", "mnist"}))
	// Output: mnist
}
