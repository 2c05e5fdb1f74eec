package scales_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/scales"
)

func Example() {
	s, err := scales.New(scales.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := s.At(0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(t.ABC())
	// Output:
	// X:1
	// T:Tune
	// M:2/4
	// L:1/8
	// K:Bm
	// f a c' g | c' b/2 a/2 g2 | f g f e | c' g a2 |
	// f a c' g | c' b/2 a/2 g2 | f g f e | d' ^a b2 |
	// f e/2 d/2 c2 | B c/2 d/2 e2 | f g ^a b | a e f2 |
	// f a c' g | c' b/2 a/2 g2 | f g f e | d' ^a b2 |]
}

func ExampleParse() {
	t, err := scales.Parse("X:1\nM:2/4\nL:1/8\nK:G\nG2 A2 | F4 |]\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Key, t.Meter, t.Bars)
	_, err = scales.Parse("X:1\nM:2/4\nK:G\nG2 H2\n")
	fmt.Println(err)
	// Output:
	// G 2/4 [[{67 4} {69 4}] [{66 8}]]
	// abc: line 4: column 4: 'H', expected a note, a rest or a bar line
}
