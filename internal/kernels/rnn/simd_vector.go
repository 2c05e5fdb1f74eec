//go:build amd64 || arm64

package rnn

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// haveSIMD is fixed for the life of the process.
func haveSIMD() bool { return cpu.Level() > cpu.Generic }
