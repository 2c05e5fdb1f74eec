package rnn

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// haveAVX2 is fixed for the life of the process.
func haveAVX2() bool { return cpu.Level() >= cpu.AVX2 }
