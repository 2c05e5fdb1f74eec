//go:build !amd64 && !arm64

package conv

import (
	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

func fast[T gemm.Float](*par.Pool, cpu.Set, *call[T]) bool { return false }
