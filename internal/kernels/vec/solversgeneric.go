package vec

import "math"

func sqrt[T Float](v T) T { return T(math.Sqrt(float64(v))) }

func solverGeneric[T Float](kind solverKind, c *[9]T, w, g, s0, s1, s2 []T) {
	switch kind {
	case solverMomentum:
		momentumGeneric(c, w, g, s0)
	case solverAdam:
		adamGeneric(c, w, g, s0, s1, s2)
	case solverRMSprop:
		rmspropGeneric(c, w, g, s0, s1, s2)
	case solverAdagrad:
		decay, lr, eps := c[0], c[1], c[2]
		for i, d := range g {
			d += decay * w[i]
			s0[i] += d * d
			w[i] -= lr * d / (sqrt(s0[i]) + eps)
		}
	case solverAdadelta:
		decay, lr, rho, rest, eps := c[0], c[1], c[2], c[3], c[4]
		for i, d := range g {
			d += decay * w[i]
			s0[i] = rho*s0[i] + rest*d*d
			d *= sqrt(s1[i]+eps) / sqrt(s0[i]+eps)
			s1[i] = rho*s1[i] + rest*d*d
			w[i] -= lr * d
		}
	}
}

// momentumGeneric sets v = decay·v + gain·g, w −= stepV·v + stepG·g.
func momentumGeneric[T Float](c *[9]T, w, g, v []T) {
	wd, decay, gain, stepV, stepG := c[0], c[2], c[3], c[4], c[5]
	for i, d := range g {
		d += wd * w[i]
		if decay == 0 {
			v[i] = gain * d // v may not be set yet
		} else {
			v[i] = decay*v[i] + gain*d
		}
		w[i] -= stepV*v[i] + stepG*d
	}
}

func adamGeneric[T Float](c *[9]T, w, g, m, v, vmax []T) {
	decay, lr, beta1, rest1, beta2, rest2 := c[0], c[1], c[2], c[3], c[4], c[5]
	root, eps, shrink := c[6], c[7], c[8]
	for i, d := range g {
		d += decay * w[i]
		m[i] = beta1*m[i] + rest1*d
		v[i] = beta2*v[i] + rest2*d*d
		s := v[i]
		if vmax != nil {
			s = max(s, vmax[i])
			vmax[i] = s
		}
		w[i] = shrink*w[i] - lr*m[i]/(sqrt(s)*root+eps)
	}
}

func rmspropGeneric[T Float](c *[9]T, w, g, s, mean, buf []T) {
	decay, lr, alpha, rest := c[0], c[1], c[2], c[3]
	outside, inside, momentum := c[4], c[5], c[6]
	for i, d := range g {
		d += decay * w[i]
		s[i] = alpha*s[i] + rest*d*d
		under := s[i]
		if mean != nil {
			mean[i] = alpha*mean[i] + rest*d
			under = max(0, under-mean[i]*mean[i]) // rounding may take it below 0
		}
		d /= sqrt(under+inside) + outside
		if buf != nil {
			buf[i] = momentum*buf[i] + d
			d = buf[i]
		}
		w[i] -= lr * d
	}
}
