package vec

import (
	"os"
	"regexp"
	"testing"
)

// TestAssembly_staysWithinAVX2 catches registers that only AVX-512 has, which
// the generator takes when it runs out of others, outside the parts for that.
func TestAssembly_staysWithinAVX2(t *testing.T) {
	source, err := os.ReadFile("vec_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	source = regexp.MustCompile(`(?s)\nwide:\n.*?(\nTEXT|$)`).ReplaceAll(source, []byte("$1"))
	if found := regexp.MustCompile(`\n[^\n]*\b(Z\d+|[XY](1[6-9]|2\d|3[01])|K[0-7])\b`).Find(source); found != nil {
		t.Errorf("an AVX-512 register:%s", found)
	}
}
