package image

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// What is left out for zeros changes no bit.
func TestInverseDCT_zeros(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var block [64]int32
		last := rapid.IntRange(0, 63).Draw(t, "last")
		for k := range last + 1 {
			block[zigzag[k]] = rapid.Int32Range(-2000, 2000).Draw(t, "coefficient")
		}
		short, long := make([]byte, 64), make([]byte, 64)
		copied := block
		inverseDCT(&block, last, short, 8)
		inverseDCT(&copied, 63, long, 8)
		if !bytes.Equal(short, long) {
			t.Fatalf("last %d: %v, want %v", last, short, long)
		}
	})
}
