//go:build !amd64 && !arm64

package gemm

import "github.com/hocsau/hocsau/internal/kernels/par"

func fast[T Float](*view[T]) bool { return false }

func (j *job[T]) together(*par.Pool, int) bool { return false }

func (j *job[T]) packPanel(int) {}

func (j *job[T]) piece(int, int) {}
