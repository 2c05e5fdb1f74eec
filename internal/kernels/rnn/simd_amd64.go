package rnn

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// avx512 is read by the assembly: whether its AVX-512 form runs. Only tests
// change it.
var avx512 = cpu.Level() >= cpu.AVX512 //nolint:unused // the assembly reads it
