package wiki_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/text/wiki"
)

func ExamplePlain() {
	fmt.Println(wiki.Plain("== Name ==\nThe '''cat''' ([[Latin]]: ''felis''){{cite book|x}} is a [[mammal|small mammal]].<ref>y</ref>"))
	// Output:
	// Name
	// The cat (Latin: felis) is a small mammal.
}
