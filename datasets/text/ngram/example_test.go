package ngram_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/text/ngram"
)

func Example() {
	c, err := ngram.Train(2, [][]string{{"the", "cat", "sleeps"}, {"the", "dog", "sleeps"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := ngram.NewKneserNey(c, 0.75)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range []string{"cat", "sleeps"} {
		fmt.Printf("P(%s | the) = %.3f\n", w, m.Prob([]string{"the"}, w))
	}
	// Output:
	// P(cat | the) = 0.234
	// P(sleeps | the) = 0.234
}
