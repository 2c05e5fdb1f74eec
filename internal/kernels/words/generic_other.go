//go:build !amd64 && !arm64

package words

// Where there is no assembly these are never called.

func haveSIMD() bool { return false }

func negativeSIMD(_, _, _ *float32, _ *int, _, _ int, _, _ float32, _ *float32) {}
func gloveSIMD(_, _, _, _ *float32, _ int, _, _, _, _ float32) float32          { return 0 }
func addSIMD(_, _ *float32, _ int, _ float32)                                   {}
func prefetchSIMD(_ *float32, _ *int, _, _ int)                                 {}
