package abc

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/internal/golden"
)

// pitches returns what is heard of a tune, one tone at a time.
func pitches(t *testing.T, text string) []int {
	t.Helper()
	tune, err := Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var p []int
	for _, n := range tune.Played() {
		p = append(p, n.Pitches...)
	}
	return p
}

func TestCases_endings(t *testing.T) {
	var want struct{ Pitches map[string][]int }
	dir := golden.Everyday(t, "46-abc-endings", &want)
	for file, w := range want.Pitches {
		b, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := pitches(t, string(b)); !slices.Equal(got, w) {
			t.Errorf("%s: %v, want %v", file, got, w)
		}
	}
}

func TestCases_mark(t *testing.T) {
	var want struct {
		Tunes   int
		Pitches []int
	}
	dir := golden.Everyday(t, "31-byte-order-mark", &want)
	b, err := os.ReadFile(filepath.Join(dir, "tune.abc"))
	if err != nil {
		t.Fatal(err)
	}
	tunes := Split(string(b))
	if len(tunes) != want.Tunes || !slices.Equal(pitches(t, tunes[0]), want.Pitches) {
		t.Errorf("tunes %q, want %d of %v", tunes, want.Tunes, want.Pitches)
	}
}

// By hand after the standard's variant endings; C D E F G A B are 60 62 64 65 67 69 71.
func TestPlayed_endings(t *testing.T) {
	const head = "X:1\nL:1/4\nK:C\n"
	for body, want := range map[string][]int{
		"|:C|1 D:|2 E:|3 F|]":          {60, 62, 60, 64, 60, 65},
		"|:C[1,2 D:|[3 E|]":            {60, 62, 60, 62, 60, 64},
		"|:C[1-3 D:|[4 E|]":            {60, 62, 60, 62, 60, 62, 60, 64},
		"|:C|1,3 D:|2,4 E:|":           {60, 62, 60, 64, 60, 62, 60, 64},
		"|:C|1 D:|2 E|]|:F|1 G:|2 A|]": {60, 62, 60, 64, 65, 67, 65, 69},
		"|:C|1 D:|2 E:|3 F:|4 G|| A|":  {60, 62, 60, 64, 60, 65, 60, 67, 69},
		"|:C||D:|":                     {60, 62, 60, 62}, // a double bar inside a repeat
		"C||D:|":                       {60, 62, 62},     // a repeat without a beginning
		" C:|D":                        {60, 60, 62},
		"|:C:|:D:|":                    {60, 60, 62, 62},
		"\ufeff|:C|1 D:|2 E|]":         {60, 62, 60, 64},
	} {
		text := head + body
		if body[0] > 127 {
			text = body[:3] + head + body[3:]
		}
		if got := pitches(t, text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
}

func TestSplit_lineEnds(t *testing.T) {
	for _, book := range []string{"X:1\rK:C\rC\rX:2\rK:C\rD\r", "\ufeffX:1\r\nK:C\r\nC\r\nX:2\r\nK:C\r\nD\r\n", "\xff\xfeX\x00:\x001\x00\n\x00K\x00:\x00C\x00\n\x00C\x00\n\x00X\x00:\x002\x00\n\x00K\x00:\x00C\x00\n\x00D\x00"} {
		tunes := Split(book)
		if len(tunes) != 2 || !slices.Equal(pitches(t, tunes[1]), []int{62}) {
			t.Errorf("%q: %q", book, tunes)
		}
	}
}
