// Command rnn writes the AVX2 assembly of package rnn.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64")
	tanhCell()
	lstmCell()
	gruCell()
	additive()
	Generate()
}
