//go:build !amd64 && !arm64

package rnn

// Where there is no assembly these are never called.

func haveSIMD() bool { return false }

func tanhForward(*float32, int)                                    {}
func tanhBackward(_, _, _, _ *float32, _ int)                      {}
func lstmForward(_, _, _, _ *float32, _ int)                       {}
func lstmBackward(_, _, _, _, _, _, _ *float32, _ int)             {}
func gruForward(_, _, _ *float32, _ int)                           {}
func gruBackward(_, _, _, _, _ *float32, _ int)                    {}
func additiveForward(_, _, _ *float32, _ int) float32              { return 0 }
func additiveBackward(_, _, _, _, _, _ *float32, _ int, _ float32) {}
