//go:build !amd64

package pool

// Where there is no assembly these are never called.

func haveAVX2() bool { return false }

func maxRowAVX2(_ *Shape, _ []float32, _, _ int, _ []float32, _ []int32) {}

func avgRowAVX2(_ *Shape, _ []float32, _, _ int, _ float32, _ []float32) {}
