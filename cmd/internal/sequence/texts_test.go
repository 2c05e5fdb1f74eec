package sequence

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTakePieces: nothing is lost, the share is about right, lines stay whole.
func TestTakePieces(t *testing.T) {
	for name, s := range map[string]string{
		"lines":    strings.Repeat("How much wood would a woodchuck chuck?\n", 500),
		"no lines": strings.Repeat("chữ tài chữ mệnh ", 500),
		"short":    "one\ntwo\n",
		"empty":    "",
	} {
		rest, taken := takePieces(s, 0.05, 1)
		if len(rest)+len(taken) != len(s) || !utf8.ValidString(rest) || !utf8.ValidString(taken) {
			t.Errorf("%s: %d and %d bytes of %d", name, len(rest), len(taken), len(s))
		}
		if share := float64(len(taken)) / float64(len(s)); len(s) > 1000 && math.Abs(share-0.05) > 0.02 {
			t.Errorf("%s: a share of %.3f, want about 0.05", name, share)
		}
		again, _ := takePieces(s, 0.05, 1)
		other, _ := takePieces(s, 0.05, 2)
		if again != rest || len(s) > 1000 && name != "lines" && other == rest {
			t.Errorf("%s: the pieces are no function of the seed", name)
		}
	}
	if _, taken := takePieces(strings.Repeat("a line\n", 300), 0.1, 3); !strings.HasPrefix(taken, "a line\n") || !strings.HasSuffix(taken, "a line\n") {
		t.Errorf("lines are cut: %q", taken)
	}
}
