package machine

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// spare is what the runtime takes beside what is asked for: it reserves
// addresses in pieces of 64 MiB, and has tables of its own.
const spare = 128 << 20

// Room returns the most bytes that this process could take at once: no more
// than the machine has, the process's group may have, and its limit of
// addresses leaves. It is an upper bound: others use the machine too. known is
// false where nothing is known.
func Room() (bytes int, known bool) {
	least := func(n int, ok bool) {
		if ok && (!known || n < bytes) {
			bytes, known = n, true
		}
	}
	least(total(read("/proc/meminfo")))
	least(number(read("/sys/fs/cgroup/memory.max")))
	least(addresses(read("/proc/self/statm")))
	return max(bytes, 0), known
}

func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

// total returns the machine's memory by /proc/meminfo.
func total(meminfo string) (int, bool) {
	for line := range strings.Lines(meminfo) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			n, ok := number(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return n << 10, ok
		}
	}
	return 0, false
}

// addresses returns what the limit of addresses leaves; statm begins with the
// number of pages that are taken.
func addresses(statm string) (int, bool) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_AS, &limit) != nil || limit.Cur > 1<<62 {
		return 0, false
	}
	pages, _, _ := strings.Cut(statm, " ")
	taken, ok := number(pages)
	return int(limit.Cur) - taken*os.Getpagesize() - spare, ok
}

func number(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil
}
