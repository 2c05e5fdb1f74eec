// Command rnn writes the assembly of package rnn, for AVX2 and AVX-512.
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
