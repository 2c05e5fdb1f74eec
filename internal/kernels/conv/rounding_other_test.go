//go:build !amd64 && !arm64

package conv

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// rounding returns how often a level's error is that of a sum in another order.
func rounding(*Shape, cpu.Set) float64 { return 1 }
