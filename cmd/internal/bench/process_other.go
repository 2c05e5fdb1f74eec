//go:build !linux

package bench

import (
	"runtime"
	"time"
)

// peakMemory returns the memory that the process has from the system, in bytes.
func peakMemory() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}

// processBegan returns when the program was initialised.
func processBegan(fallback time.Time) time.Time { return fallback }
