package vec

import (
	"flag"
	"fmt"
	"testing"

	"go.uber.org/goleak"
)

// TestMain makes sure that no goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(levels{m}) }

// levels runs the tests once for AVX-512, where that is in force, and once for
// AVX2.
type levels struct{ *testing.M }

func (l levels) Run() int {
	code := l.M.Run()
	if avx512 && code == 0 && flag.Lookup("test.bench").Value.String() == "" {
		fmt.Println("again with AVX2")
		avx512 = false
		code = l.M.Run()
	}
	return code
}
