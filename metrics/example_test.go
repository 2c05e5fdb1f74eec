package metrics_test

import (
	"fmt"

	"github.com/hocsau/hocsau/metrics"
)

func Example() {
	logits := []float64{2, 1, 0, 3, 1, 4} // [3, 2]
	labels := []int{0, 1, 0}
	predictions, err := metrics.Argmax(logits, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := metrics.NewConfusion(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := m.Add(predictions, labels); err != nil {
		fmt.Println(err)
		return
	}
	table, err := m.Report().Table([]string{"cat", "dog"})
	fmt.Println(table, err)
	// Output:
	//           precision  recall      F1  support
	//      cat     1.0000  0.5000  0.6667        2
	//      dog     0.5000  1.0000  0.6667        1
	//    macro     0.7500  0.7500  0.6667        3
	// weighted     0.8333  0.6667  0.6667        3
	// accuracy     0.6667
	//  <nil>
}

func ExampleSentenceBLEU() {
	hypothesis := metrics.Tokenize13a("the cat sits on the mat.")
	reference := metrics.Tokenize13a("The cat sits on the mat.")
	b, err := metrics.SentenceBLEU(hypothesis, [][]string{reference}, metrics.BLEUOpts{})
	fmt.Printf("%.2f %v %v\n", b.Score, b.Counts, err)
	// Output: 80.91 [6 5 4 3] <nil>
}
