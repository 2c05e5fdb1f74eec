package decode_test

import (
	"fmt"
	"log"
	"math"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/zoo/decode"
)

// bigrams is a model whose next word depends on the last one alone.
type bigrams [][]float64

func (b bigrams) Words() int { return len(b) }

func (b bigrams) Step(_ int, rows []decode.Row, logp []float64) error {
	for r, row := range rows {
		for w, p := range b[row.Word] {
			logp[r*len(b)+w] = math.Log(p)
		}
	}
	return nil
}

// A wider beam finds the sentence whose second word makes up for its first.
func ExampleBeam() {
	const end, a, b, start = 0, 1, 2, 3
	model := bigrams{
		start: {0, 0.6, 0.4, 0},
		a:     {0.3, 0.35, 0.35, 0},
		b:     {0.9, 0.05, 0.05, 0},
		end:   {1, 0, 0, 0},
	}
	sentences := []decode.Sentence{{Start: start, End: end, MaxLen: 4}}
	for _, width := range []int{1, 3} {
		found, err := decode.Beam(model, sentences, decode.BeamOptions{Width: width, Alpha: 0.7, NBest: 1})
		if err != nil {
			log.Fatal(err)
		}
		h := found[0][0]
		fmt.Printf("B = %d: %v, P = %.3f\n", width, h.Words, math.Exp(h.LogProb))
	}
	// Output:
	// B = 1: [1 1 1 1], P = 0.026
	// B = 3: [2 0], P = 0.360
}

func ExampleSuppress() {
	boxes := []decode.Detection{
		{Box: box.Box{X1: 10, Y1: 10, X2: 50, Y2: 50}, Score: 0.8},
		{Box: box.Box{X1: 12, Y1: 8, X2: 52, Y2: 50}, Score: 0.9},
		{Box: box.Box{X1: 90, Y1: 10, X2: 120, Y2: 40}, Score: 0.7},
		{Box: box.Box{X1: 0, Y1: 0, X2: 5, Y2: 5}, Score: 0.2},
	}
	keep, err := decode.Suppress(boxes, decode.DefaultSuppress())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(keep)
	// Output: [1 2]
}
