package words

func negativeSIMD(hidden, sum, theta *float32, rows *int, k, n int, label, rate float32, scores *float32) {
	negativeNEON(hidden, sum, theta, rows, k, n, label, rate, scores)
}

func gloveSIMD(a, b, squaresA, squaresB *float32, n int, offset, weight, rate, limit float32) float32 {
	return gloveNEON(a, b, squaresA, squaresB, n, offset, weight, rate, limit)
}

func addSIMD(x, y *float32, n int, alpha float32) { addNEON(x, y, n, alpha) }

func prefetchSIMD(theta *float32, rows *int, k, n int) { prefetchNEON(theta, rows, k, n) }
