package words

func negativeSIMD(hidden, sum, theta *float32, rows *int, k, n int, label, rate float32, scores *float32) {
	negativeAVX2(hidden, sum, theta, rows, k, n, label, rate, scores)
}

func gloveSIMD(a, b, squaresA, squaresB *float32, n int, offset, weight, rate, limit float32) float32 {
	return gloveAVX2(a, b, squaresA, squaresB, n, offset, weight, rate, limit)
}

func addSIMD(x, y *float32, n int, alpha float32) { addAVX2(x, y, n, alpha) }

func prefetchSIMD(theta *float32, rows *int, k, n int) { prefetchAVX2(theta, rows, k, n) }
