//go:build !amd64

package words

// Where there is no assembly these are never called.

func haveAVX2() bool { return false }

func negativeAVX2(_, _, _ *float32, _ *int, _, _ int, _, _ float32, _ *float32) {}
func gloveAVX2(_, _, _, _ *float32, _ int, _, _, _, _ float32) float32          { return 0 }
func addAVX2(_, _ *float32, _ int, _ float32)                                   {}
func prefetchAVX2(_ *float32, _ *int, _, _ int)                                 {}
