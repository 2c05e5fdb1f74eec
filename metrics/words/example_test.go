package words_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/metrics/words"
)

func ExampleSearch() {
	v, err := vectors.New([]string{"man", "woman", "king", "queen"}, []float32{1, 0, 0.1, 0, 1, 0.1, 1, 0, 2, 0, 1, 2}, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := words.NewSearch(v)
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := s.Analogy("man", "woman", "king", 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d[0].Word)
	// Output: queen
}
