package words_test

import (
	"context"
	"fmt"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/cooccur"
	"github.com/hocsau/hocsau/solvers/words"
)

func ExampleGloVe() {
	cells, err := text.Cooccurrence([]int{0, 1, 0, 2, 1, 0}, 3, 2, text.InverseDistance)
	if err != nil {
		fmt.Println(err)
		return
	}
	blocks, err := cooccur.InMemory(cells, 3, 1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := words.NewGloVe(blocks, words.GloVeOptions{Dim: 2, Epochs: 2, Threads: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := g.Train(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(g.Vectors(words.Mean)))
	// Output: 6
}

func ExampleWord2Vec() {
	c := words.NewCorpus([]int64{3, 2, 1})
	if err := c.Add([]int32{0, 1, 0, 2, 1, 0}); err != nil {
		fmt.Println(err)
		return
	}
	w, err := words.NewWord2Vec(c, words.Word2VecOptions{Dim: 2, Epochs: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Train(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(w.Vectors()), w.Epoch())
	// Output: 6 1
}
