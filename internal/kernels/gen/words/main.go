// Command words writes the AVX2 assembly of package words.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64")
	negative()
	glove()
	add()
	prefetch()
	Generate()
}
