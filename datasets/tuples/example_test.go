package tuples_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/tuples"
)

// Every second pair shows one person.
func ExampleSampler_Pairs() {
	labels := []int{0, 0, 0, 1, 1, 2}
	s, err := tuples.New(labels, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	a, b, _, err := s.Pairs(4, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range a {
		fmt.Println(labels[a[i]] == labels[b[i]])
	}
	// Output:
	// true
	// false
	// true
	// false
}
