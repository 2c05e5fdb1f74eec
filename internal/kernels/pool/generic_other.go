//go:build !amd64

package pool

// Where there is no assembly these are never called.

func haveAVX2() bool { return false }

func maxPlaneAVX2(*Shape, plane, []float32, []int32) {}

func meetsPadding([]float32) bool { return false }

func avgPlaneAVX2(*Shape, plane, []float32) {}

func quadsAVX2(*Shape, []float32, []float32) {}
