package vec

import "math"

// The forms along an axis that is not the last: width ≤ lanes columns side by
// side, row r at r·pitch.

func columnMax[T Float](n, pitch, width int, x []T) (m [lanes]T) {
	copy(m[:width], x)
	for r := 1; r < n; r++ {
		for k, v := range x[r*pitch:][:width] {
			m[k] = max(m[k], v)
		}
	}
	return m
}

func softmaxColumns[T Float](n, pitch, width int, x, y []T) {
	if width == lanes && fast[T]() {
		softmaxColumnsSIMD(n, pitch, f32(x), f32(y))
		return
	}
	softmaxColumnsGeneric(n, pitch, width, x, y)
}

func softmaxColumnsGeneric[T Float](n, pitch, width int, x, y []T) {
	m := columnMax(n, pitch, width, x)
	var sum [lanes]float64
	for r := range n {
		y := y[r*pitch:][:width]
		for k, v := range x[r*pitch:][:width] {
			e := math.Exp(float64(v) - float64(m[k]))
			if math.IsInf(float64(m[k]), -1) {
				e = 0
			}
			y[k] = T(e)
			sum[k] += e
		}
	}
	for k := range sum {
		if sum[k] == 0 {
			sum[k] = 1
		}
	}
	for r := range n {
		for k := range y[r*pitch:][:width] {
			y[r*pitch+k] = T(float64(y[r*pitch+k]) / sum[k])
		}
	}
}

func softmaxGradColumns[T Float](n, pitch, width int, y, dy, dx []T) {
	var dot [lanes]float64
	for r := range n {
		dy := dy[r*pitch:][:width]
		for k, v := range y[r*pitch:][:width] {
			dot[k] += float64(v) * float64(dy[k])
		}
	}
	for r := range n {
		dy, dx := dy[r*pitch:][:width], dx[r*pitch:][:width]
		for k, v := range y[r*pitch:][:width] {
			dx[k] = v * (dy[k] - T(dot[k]))
		}
	}
}

func logSoftmaxColumns[T Float](n, pitch, width int, x, y []T) {
	m := columnMax(n, pitch, width, x)
	var l [lanes]float64
	for r := range n {
		for k, v := range x[r*pitch:][:width] {
			l[k] += math.Exp(float64(v) - float64(m[k]))
		}
	}
	for k := range l {
		l[k] = math.Log(l[k])
		if math.IsInf(float64(m[k]), -1) {
			m[k], l[k] = 0, 0
		}
	}
	for r := range n {
		y := y[r*pitch:][:width]
		for k, v := range x[r*pitch:][:width] {
			y[k] = v - m[k] - T(l[k])
		}
	}
}

func logSoftmaxGradColumns[T Float](n, pitch, width int, y, dy, dx []T) {
	var sum [lanes]float64
	for r := range n {
		for k, v := range dy[r*pitch:][:width] {
			sum[k] += float64(v)
		}
	}
	for r := range n {
		dy, dx := dy[r*pitch:][:width], dx[r*pitch:][:width]
		for k, v := range y[r*pitch:][:width] {
			dx[k] = dy[k] - T(math.Exp(float64(v))*sum[k])
		}
	}
}
