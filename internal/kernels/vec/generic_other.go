//go:build !amd64

package vec

// Where there is no assembly these are never called.

func haveAVX2() bool { return false }

func mapAVX2(Unary, []float32, []float32, float32) bool                  { return false }
func mapGradAVX2(Unary, []float32, []float32, []float32, float32) bool   { return false }
func vectorVectorAVX2(Binary, []float32, []float32, []float32) bool      { return false }
func vectorScalarAVX2(Binary, []float32, float32, []float32) bool        { return false }
func scalarVectorAVX2(Binary, float32, []float32, []float32) bool        { return false }
func threeAVX2(Ternary, []float32, []float32, []float32, []float32) bool { return false }
func clampAVX2([]float32, []float32, float32, float32)                   {}
func clampGradAVX2([]float32, []float32, []float32, float32, float32)    {}
func axpyAVX2(float32, []float32, []float32)                             {}
func lerpAVX2(float32, []float32, []float32)                             {}
func allFiniteAVX2([]float32) int                                        { return -1 }
func totalAVX2(totalKind, []float32, []float32) float64                  { return 0 }
func extremeAVX2(Reduce, []float32) float32                              { return 0 }
func shiftedExpAVX2([]float32, float32, []float32) float64               { return 0 }
func shiftedExpSumAVX2([]float32, float32) float64                       { return 0 }
func softmaxGradAVX2([]float32, []float32, float32, []float32)           {}
func logSoftmaxGradAVX2([]float32, []float32, float32, []float32)        {}
func softmaxColumnsAVX2(int, int, []float32, []float32)                  {}
func quickSumAVX2([]float32) float64                                     { return 0 }
func shiftedSquaresAVX2([]float32, float32) (float64, float64)           { return 0, 0 }
func sumShiftedDotAVX2([]float32, []float32, float32) (float64, float64) { return 0, 0 }
func normGradAVX2(_, _ []float32, _, _, _, _ float32, _ []float32)       {}
func normApplyAVX2(_ []float32, _, _, _ float32, _ []float32, _ bool)    {}
func dropoutAVX2(_, _, _, _ uint32, _ float32, _ []float32)              {}
func turn8AVX2([]float32, int, []float32, int)                           {}
func solverAVX2(_ solverKind, _, _, _, _, _, _ []float32)                {}
