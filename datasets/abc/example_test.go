package abc_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/abc"
)

func Example() {
	book := "X:1\nT:Up\nM:3/4\nL:1/4\nK:G\n|:GAB|cd2:|\n\nX:2\nT:Down\nM:2/4\nK:C\nc2 B2|A4|]\n"
	for _, text := range abc.Split(book) {
		t, err := abc.Parse(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(t.Title, t.Key, len(t.Bars()), "bars,", len(t.Played()), "notes played")
	}
	_, err := abc.Parse("X:1\nK:G\nG2 A2 ?\n")
	fmt.Println(err)
	// Output:
	// Up G 2 bars, 10 notes played
	// Down C 2 bars, 3 notes played
	// abc: line 3: column 7: '?', expected a note, a rest or a bar line
}
