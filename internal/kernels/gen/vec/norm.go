package main

func norms() {
	reduction{
		name: "kernelQuickSum", doc: "kernelQuickSum returns Σ x, in float32 but for the last step.",
		in: []string{"x"}, sums: 1, unroll: 4, quick: true,
		body: func(x, _ []vector, _ vector, to []adder) []vector { to[0].add(x[0]); return nil },
	}.emit()
	reduction{
		name: "kernelShiftedSquares", doc: "kernelShiftedSquares returns Σ (x − a) and Σ (x − a)², in float32 but for the last step.",
		in: []string{"x"}, scalars: []string{"a"}, sums: 2, unroll: 4, quick: true,
		body: func(x, s []vector, mask vector, to []adder) []vector {
			d := inside(sub(x[0], s[0]), mask)
			to[0].add(d)
			to[1].addProduct(d, d)
			return nil
		},
	}.emit()
	reduction{
		name: "kernelSumShiftedDot", doc: "kernelSumShiftedDot returns Σ dy and Σ dy·(x − mean), in float32 but for the last step.",
		in: []string{"dy", "x"}, scalars: []string{"mean"}, sums: 2, unroll: 3, quick: true,
		body: func(x, s []vector, mask vector, to []adder) []vector {
			to[0].add(x[0])
			to[1].addProduct(x[0], inside(sub(x[1], s[0]), mask))
			return nil
		},
	}.emit()
	elementwise{
		name: "kernelNormGrad", doc: "kernelNormGrad sets dx = a·dy + b·(x − mean) + d.",
		in: []string{"dy", "x"}, out: []string{"dx"}, scalars: []string{"mean", "a", "b", "d"}, unroll: 2,
		body: func(x, s []vector) []vector {
			y := fma(sub(x[1], s[0]), s[2], s[3])
			return []vector{fma(x[0], s[1], y)}
		},
	}.emit()
	for _, relu := range []bool{false, true} {
		name, doc := "kernelNormApply", "kernelNormApply sets y = scale·(x − mean) + beta."
		if relu {
			name, doc = "kernelNormApplyReLU", "kernelNormApplyReLU sets y = max(0, scale·(x − mean) + beta)."
		}
		elementwise{
			name: name, doc: doc,
			in: []string{"x"}, out: []string{"y"}, scalars: []string{"mean", "scale", "beta"}, unroll: 4,
			body: func(x, s []vector) []vector {
				y := fma(sub(x[0], s[0]), s[1], s[2])
				if relu {
					y = maximum(copyOf(c(0)), y)
				}
				return []vector{y}
			},
		}.emit()
	}
}
