package regular_test

import (
	"errors"
	"fmt"

	"github.com/hocsau/hocsau/internal/regular"
)

func ExampleReadFile() {
	_, err := regular.ReadFile(".", 1<<20)
	fmt.Println(err, errors.Is(err, regular.ErrKind))
	// Output: . is a folder: not a regular file true
}
