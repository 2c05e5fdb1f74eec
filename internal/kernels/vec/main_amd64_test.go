package vec

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain runs the tests once for AVX-512, where that is in force, and once
// for AVX2.
func TestMain(m *testing.M) {
	code := m.Run()
	if avx512 && code == 0 && flag.Lookup("test.bench").Value.String() == "" {
		fmt.Println("again with AVX2")
		avx512 = false
		code = m.Run()
	}
	os.Exit(code)
}
