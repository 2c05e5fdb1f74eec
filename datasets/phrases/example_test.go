package phrases_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/phrases"
)

func Example() {
	s, err := phrases.New(phrases.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range 4 {
		x, err := s.At(i)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(phrases.Classes()[x.Sentiment]+":", x)
	}
	// Output:
	// positive: The lawyer ate a plate of stew and the soup was good , brilliant .
	// negative: The garden was really good , lovely , but the garden was rather terrible , dreadful .
	// positive: Halcyon sold its offices in New Lima and the view was lovely , wonderful !
	// positive: The film was great , wonderful !
}
