//go:build amd64 || arm64

package vec

func allFiniteSIMD(x []float32) int {
	const chunk = 4096
	for i := 0; i < len(x); i += chunk {
		part := x[i:min(len(x), i+chunk)]
		if odd := kernelOdd(&part[0], len(part)); odd != odd {
			return i + allFiniteGeneric(part)
		}
	}
	return -1
}

func totalSIMD(kind totalKind, x, y []float32) float64 {
	n := len(x)
	if n == 0 {
		return 0
	}
	switch kind {
	case totalSum:
		return kernelSum(&x[0], n)
	case totalDot:
		return kernelDot(&x[0], &y[:n][0], n)
	case totalSquares:
		return kernelSquares(&x[0], n)
	}
	return float64(kernelMaxAbs(&x[0], n))
}

func extremeSIMD(op Reduce, x []float32) float32 {
	if op == ReduceMin {
		return kernelMin(&x[0], len(x))
	}
	return kernelMax(&x[0], len(x))
}

func shiftedExpSIMD(x []float32, m float32, y []float32) float64 {
	return kernelShiftedExp(&x[0], &y[:len(x)][0], len(x), m)
}

func shiftedExpSumSIMD(x []float32, m float32) float64 {
	return kernelShiftedExpSum(&x[0], len(x), m)
}

func softmaxGradSIMD(y, dy []float32, dot float32, dx []float32) {
	n := len(y)
	kernelSoftmaxGrad(&y[0], &dy[:n][0], &dx[:n][0], n, dot)
}

func logSoftmaxGradSIMD(y, dy []float32, sum float32, dx []float32) {
	n := len(y)
	kernelLogSoftmaxGrad(&y[0], &dy[:n][0], &dx[:n][0], n, sum)
}

func softmaxColumnsSIMD(n, pitch int, x, y []float32) {
	last := (n-1)*pitch + lanes
	kernelSoftmaxColumns(&x[:last][0], &y[:last][0], n, 4*pitch)
}

func quickSumSIMD(x []float32) float64 {
	if len(x) == 0 {
		return 0
	}
	return kernelQuickSum(&x[0], len(x))
}

func shiftedSquaresSIMD(x []float32, a float32) (sum, squares float64) {
	if len(x) == 0 {
		return 0, 0
	}
	return kernelShiftedSquares(&x[0], len(x), a)
}

func sumShiftedDotSIMD(dy, x []float32, mean float32) (sum, dot float64) {
	n := len(dy)
	if n == 0 {
		return 0, 0
	}
	return kernelSumShiftedDot(&dy[0], &x[:n][0], n, mean)
}

func normGradSIMD(dy, x []float32, mean, a, b, d float32, dx []float32) {
	if n := len(dy); n > 0 {
		kernelNormGrad(&dy[0], &x[:n][0], &dx[:n][0], n, mean, a, b, d)
	}
}

func normApplySIMD(x []float32, mean, scale, beta float32, y []float32, relu bool) {
	n := len(x)
	switch {
	case n == 0:
	case relu:
		kernelNormApplyReLU(&x[0], &y[:n][0], n, mean, scale, beta)
	default:
		kernelNormApply(&x[0], &y[:n][0], n, mean, scale, beta)
	}
}

func dropoutSIMD(first, key0, key1, below uint32, scale float32, mask []float32) {
	if len(mask) > 0 {
		kernelDropout(&mask[0], len(mask), first, key0, key1, below, scale)
	}
}

// turn8SIMD sets y[r·pitchY + c] = x[c·pitchX + r] for r, c < 8.
func turn8SIMD(x []float32, pitchX int, y []float32, pitchY int) {
	kernelTurn(&x[:7*pitchX+8][0], 4*pitchX, &y[:7*pitchY+8][0], 4*pitchY)
}

func solverSIMD(kind solverKind, c, w, g, s0, s1, s2 []float32) {
	n := len(w)
	if n == 0 {
		return
	}
	g, s0 = g[:n], s0[:n]
	table, weight, slope, state := &c[0], &w[0], &g[0], &s0[0]
	switch {
	case kind == solverMomentum:
		if c[2] == 0 {
			clear(s0) // v may not be set yet
		}
		kernelMomentum(slope, weight, state, n, table)
	case kind == solverAdagrad:
		kernelAdagrad(slope, weight, state, n, table)
	case kind == solverAdadelta:
		kernelAdadelta(slope, weight, state, &s1[:n][0], n, table)
	case kind == solverAdam && s2 == nil:
		kernelAdam(slope, weight, state, &s1[:n][0], n, table)
	case kind == solverAdam:
		kernelAdamMax(slope, weight, state, &s1[:n][0], &s2[:n][0], n, table)
	case s1 == nil && s2 == nil:
		kernelRMSprop(slope, weight, state, n, table)
	case s2 == nil:
		kernelRMSpropCentered(slope, weight, state, &s1[:n][0], n, table)
	case s1 == nil:
		kernelRMSpropMomentum(slope, weight, state, &s2[:n][0], n, table)
	default:
		kernelRMSpropCenteredMomentum(slope, weight, state, &s1[:n][0], &s2[:n][0], n, table)
	}
}
