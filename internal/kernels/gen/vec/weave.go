package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
)

// recorded collects instructions while weave is at work, else it is nil.
var recorded *[]*ir.Instruction

// put emits an instruction that takes part in weaving.
func put(i *ir.Instruction, err error) {
	if err != nil {
		panic(err)
	}
	if recorded == nil {
		build.Instruction(i)
		return
	}
	*recorded = append(*recorded, i)
}

// weave emits n copies of body side by side, an instruction of each in turn:
// long chains of dependent instructions overlap better than one after the
// other. The copies must not depend on each other.
func weave(n int, body func(k int)) {
	chains := make([][]*ir.Instruction, n)
	for i := range chains {
		recorded = &chains[i]
		body(i)
	}
	recorded = nil
	for k := range chains[0] {
		for _, chain := range chains {
			build.Instruction(chain[k])
		}
	}
}
