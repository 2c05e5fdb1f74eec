package main

// slope returns a(1 − a), the derivative of a = σ(z).
func slope(a vector) vector { return mul(a, rest(a)) }

// bend returns 1 − a², the derivative of a = tanh z.
func bend(a vector) vector { return fnma(a, a, c(1)) }

func tanhCell() {
	r, p := begin("tanhForward", "tanhForward is [tanhStep].", "func(y *float32, n int)", "y")
	both(func() {
		r.loop(func() { r.store(tanh(r.load(p["y"])), p["y"]) })
		end()
	})

	r, p = begin("tanhBackward", "tanhBackward is [tanhBack].",
		"func(y, dy, dh, dz *float32, n int)", "y", "dy", "dh", "dz")
	both(func() {
		r.loop(func() {
			d := add(r.load(p["dy"]), r.load(p["dh"]))
			r.store(mul(d, bend(r.load(p["y"]))), p["dz"])
		})
		end()
	})
}

func lstmCell() {
	r, p := begin("lstmForward", "lstmForward is [lstmStep].",
		"func(gates, c, next, h *float32, n int)", "gates", "c", "next", "h")
	r.gated()
	both(func() {
		r.loop(func() {
			at := r.gates(p["gates"])
			f := sigmoid(r.read(at[1]))
			r.write(f, at[1])
			next := mul(f, r.load(p["c"]))
			i := sigmoid(r.read(at[0]))
			r.write(i, at[0])
			g := tanh(r.read(at[2]))
			r.write(g, at[2])
			next = fma(i, g, next)
			r.store(next, p["next"])
			o := sigmoid(r.read(at[3]))
			r.write(o, at[3])
			r.store(mul(o, tanh(next)), p["h"])
		})
		end()
	})

	r, p = begin("lstmBackward", "lstmBackward is [lstmBack].",
		"func(gates, c, next, dy, dh, dc, dgates *float32, n int)", "gates", "c", "next", "dy", "dh", "dc", "dgates")
	r.gated()
	both(func() {
		r.loop(func() {
			to := r.gates(p["dgates"])
			d := add(r.load(p["dy"]), r.load(p["dh"]))
			t := tanh(r.load(p["next"]))
			at := r.gates(p["gates"])
			o := r.read(at[3])
			r.write(mul(mul(d, t), slope(o)), to[3])
			dc := fma(mul(d, o), bend(t), r.load(p["dc"]))
			f := r.read(at[1])
			r.store(mul(dc, f), p["dc"])
			r.write(mul(mul(dc, r.load(p["c"])), slope(f)), to[1])
			i, g := r.read(at[0]), r.read(at[2])
			r.write(mul(mul(dc, g), slope(i)), to[0])
			r.write(mul(mul(dc, i), bend(g)), to[2])
		})
		end()
	})
}

func gruCell() {
	r, p := begin("gruForward", "gruForward is [gruStep].",
		"func(gates, last, h *float32, n int)", "gates", "last", "h")
	r.gated()
	both(func() {
		r.loop(func() {
			at := r.gates(p["gates"])
			reset := sigmoid(r.read(at[1]))
			r.write(reset, at[1])
			n := tanh(fma(reset, r.read(at[3]), r.read(at[0])))
			r.write(n, at[0])
			z := sigmoid(r.read(at[2]))
			r.write(z, at[2])
			r.store(fma(z, sub(r.load(p["last"]), n), n), p["h"])
		})
		end()
	})

	r, p = begin("gruBackward", "gruBackward is [gruBack].",
		"func(gates, last, dy, dh, dgates *float32, n int)", "gates", "last", "dy", "dh", "dgates")
	r.gated()
	both(func() {
		r.loop(func() {
			at, to := r.gates(p["gates"]), r.gates(p["dgates"])
			d := add(r.load(p["dy"]), r.load(p["dh"]))
			n, z := r.read(at[0]), r.read(at[2])
			r.store(mul(d, z), p["dh"])
			r.write(mul(mul(d, sub(r.load(p["last"]), n)), slope(z)), to[2])
			dn := mul(mul(d, rest(z)), bend(n))
			r.write(dn, to[0])
			reset := r.read(at[1])
			r.write(mul(dn, reset), to[3])
			r.write(mul(mul(dn, r.read(at[3])), slope(reset)), to[1])
		})
		end()
	})
}
