package bench

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// peakMemory returns the most memory that the process had, in bytes.
func peakMemory() int64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Maxrss << 10
}

// processBegan returns when the process was started, from the kernel's count
// of clock ticks; fallback where that cannot be read.
func processBegan(fallback time.Time) time.Time {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return fallback
	}
	// The name, in parentheses, may hold blanks; field 22 is the 20th after it.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return fallback
	}
	ticks, err := strconv.ParseInt(string(fields[19]), 10, 64)
	if err != nil {
		return fallback
	}
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return fallback
	}
	const perSecond = 100 // USER_HZ, the same on every Linux that Go runs on
	age := time.Duration(now.Nano()) - time.Duration(ticks)*time.Second/perSecond
	if begin := time.Now().Add(-age); begin.Before(fallback) {
		return begin
	}
	return fallback
}
