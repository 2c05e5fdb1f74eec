package text_test

import (
	"fmt"
	"slices"

	"github.com/hocsau/hocsau/datasets/text"
)

func Example() {
	counts := text.Counts{}
	counts.Add(text.Words(text.Lower("The cat sat on the mat.")))
	v, err := text.NewVocabulary(counts, text.VocabularyOptions{Specials: []string{text.Pad, text.Unknown}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := v.Encode(text.Words("the dog sat"))
	fmt.Println(v.Len(), ids, err)
	// Output: 8 [2 1 7] <nil>
}

func ExampleTrainBPE() {
	lines := slices.Values([]string{"low low low low low lower lower newest newest newest newest newest newest widest widest widest"})
	b, err := text.TrainBPE(lines, text.BPEOptions{Size: 256 + 11 + 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, id := range b.Encode("lowest") {
		fmt.Print(b.Token(id), " ")
	}
	s, err := b.Decode(b.Encode("lowest  tiếng"))
	fmt.Println(s, err)
	// Output: ▁l ow est lowest tiếng <nil>
}
