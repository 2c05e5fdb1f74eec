//go:build !amd64 && !arm64

package vec

// Where there is no assembly these are never called.

func haveSIMD() bool { return false }

func mapSIMD(Unary, []float32, []float32, float32) bool                  { return false }
func mapGradSIMD(Unary, []float32, []float32, []float32, float32) bool   { return false }
func vectorVectorSIMD(Binary, []float32, []float32, []float32) bool      { return false }
func vectorScalarSIMD(Binary, []float32, float32, []float32) bool        { return false }
func scalarVectorSIMD(Binary, float32, []float32, []float32) bool        { return false }
func threeSIMD(Ternary, []float32, []float32, []float32, []float32) bool { return false }
func clampSIMD([]float32, []float32, float32, float32)                   {}
func clampGradSIMD([]float32, []float32, []float32, float32, float32)    {}
func axpySIMD(float32, []float32, []float32)                             {}
func lerpSIMD(float32, []float32, []float32)                             {}
func allFiniteSIMD([]float32) int                                        { return -1 }
func totalSIMD(totalKind, []float32, []float32) float64                  { return 0 }
func extremeSIMD(Reduce, []float32) float32                              { return 0 }
func shiftedExpSIMD([]float32, float32, []float32) float64               { return 0 }
func shiftedExpSumSIMD([]float32, float32) float64                       { return 0 }
func softmaxGradSIMD([]float32, []float32, float32, []float32)           {}
func logSoftmaxGradSIMD([]float32, []float32, float32, []float32)        {}
func softmaxColumnsSIMD(int, int, []float32, []float32)                  {}
func quickSumSIMD([]float32) float64                                     { return 0 }
func shiftedSquaresSIMD([]float32, float32) (float64, float64)           { return 0, 0 }
func sumShiftedDotSIMD([]float32, []float32, float32) (float64, float64) { return 0, 0 }
func normGradSIMD(_, _ []float32, _, _, _, _ float32, _ []float32)       {}
func normApplySIMD(_ []float32, _, _, _ float32, _ []float32, _ bool)    {}
func dropoutSIMD(_, _, _, _ uint32, _ float32, _ []float32)              {}
func turn8SIMD([]float32, int, []float32, int)                           {}
func solverSIMD(_ solverKind, _, _, _, _, _, _ []float32)                {}
