//go:build !amd64 && !arm64

package pool

// Where there is no assembly these are never called.

func haveSIMD() bool { return false }

func maxPlaneSIMD(*Shape, plane, []float32, []int32) {}

func meetsPadding([]float32) bool { return false }

func avgPlaneSIMD(*Shape, plane, []float32) {}

func quadsSIMD(*Shape, []float32, []float32) {}
