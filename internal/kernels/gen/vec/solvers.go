package main

// solver writes one pass over weights, gradient and state; s holds the
// constants of package vec's solverJob.
func solver(name string, state []string, constants int, body func(w, dw vector, state, s []vector) (vector, []vector)) {
	names := append([]string{"w"}, state...)
	elementwise{
		name: "kernel" + name, doc: "kernel" + name + " is the update " + name + ".",
		in: append([]string{"dw"}, names...), out: names, table: constants,
		body: func(x, s []vector) []vector {
			w, dw := x[1], fma(x[1], s[0], x[0]) // with weight decay
			w, out := body(w, dw, x[2:], s)
			return append([]vector{w}, out...)
		},
	}.emit()
}

func solvers() {
	solver("Momentum", []string{"v"}, 6, func(w, dw vector, state, s []vector) (vector, []vector) {
		v := fma(state[0], s[2], mul(dw, s[3]))
		return fnma(dw, s[5], fnma(v, s[4], w)), []vector{v}
	})
	adam := func(w, dw vector, state, s []vector) (vector, []vector) {
		m := fma(state[0], s[2], mul(dw, s[3]))
		v := fma(state[1], s[4], mul(mul(dw, dw), s[5]))
		out := []vector{m, v}
		under := v
		if len(state) == 3 {
			under = either(maximum(v, state[2]), v, state[2])
			out = append(out, under)
		}
		below := fma(root(under), s[6], s[7])
		return sub(mul(w, s[8]), div(mul(m, s[1]), below)), out
	}
	solver("Adam", []string{"m", "v"}, 9, adam)
	solver("AdamMax", []string{"m", "v", "vmax"}, 9, adam)
	for _, centered := range []bool{false, true} {
		for _, momentum := range []bool{false, true} {
			rmsprop(centered, momentum)
		}
	}
	solver("Adagrad", []string{"s"}, 3, func(w, dw vector, state, s []vector) (vector, []vector) {
		sum := fma(dw, dw, state[0])
		return sub(w, div(mul(dw, s[1]), add(root(sum), s[2]))), []vector{sum}
	})
	solver("Adadelta", []string{"s", "u"}, 5, func(w, dw vector, state, s []vector) (vector, []vector) {
		sum := fma(state[0], s[2], mul(mul(dw, dw), s[3]))
		d := mul(dw, div(root(add(state[1], s[4])), root(add(sum, s[4]))))
		u := fma(state[1], s[2], mul(mul(d, d), s[3]))
		return fnma(d, s[1], w), []vector{sum, u}
	})
}

func rmsprop(centered, momentum bool) {
	name, state := "RMSprop", []string{"s"}
	if centered {
		name += "Centered"
		state = append(state, "mean")
	}
	if momentum {
		name += "Momentum"
		state = append(state, "buf")
	}
	solver(name, state, 7, func(w, dw vector, state, s []vector) (vector, []vector) {
		sum := fma(state[0], s[2], mul(mul(dw, dw), s[3]))
		out := []vector{sum}
		under := sum
		if centered {
			mean := fma(state[1], s[2], mul(dw, s[3]))
			out = append(out, mean)
			under = maximum(copyOf(c(0)), fnma(mean, mean, sum))
		}
		d := div(dw, add(root(add(under, s[5])), s[4]))
		if momentum {
			d = fma(state[len(state)-1], s[6], d)
			out = append(out, d)
		}
		return fnma(d, s[1], w), out
	})
}
