// Command vec writes the assembly of packages vec (-for vec), for AVX2 and
// AVX-512, and pool (-for pool), for AVX2.
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	target := flag.String("for", "vec", "package to generate: vec or pool")
	flag.Parse()
	ConstraintExpr("amd64")
	switch *target {
	case "vec":
		forAVX512 = true
		unaries()
		gradients()
		binaries()
		reductions()
		rows()
		norms()
		dropout()
		turn()
		solvers()
	case "pool":
		windows()
	default:
		fmt.Fprintf(os.Stderr, "vec: -for %s: expected vec or pool\n", *target)
		os.Exit(2)
	}
	Generate()
}
