package scales_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/scales"
)

const head = "X:1\nM:4/4\nL:1/8\n"

func pitches(t scales.Tune) (p []int) {
	for _, n := range slices.Concat(t.Bars...) {
		p = append(p, n.Pitch)
	}
	return p
}

func TestParse_pitches(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []int
	}{
		{"octaves", "K:C\nC,,C,Ccc'c''", []int{36, 48, 60, 72, 84, 96}},
		{"letters", "K:C\nCDEFGABcdefgab", []int{60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83}},
		{"sharps of the key", "K:D\nCDF|cdf", []int{61, 62, 66, 73, 74, 78}},
		{"flats of the key", "K:Gm\nBEA", []int{70, 63, 69}},
		{"accidentals last to the bar line", "K:G\n=FF^FF_B,B,B|FB,", []int{65, 65, 66, 66, 58, 58, 71, 66, 59}},
		{"across an octave of the letters", "K:Cb\nCB,", []int{59, 58}},
		{"rests, comments", "K:C % major\nz C z % the end\nD", []int{-1, 60, -1, 62}},
	} {
		x, err := scales.Parse(head + c.text)
		if err != nil || !slices.Equal(pitches(x), c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, pitches(x), err, c.want)
		}
	}
}

func TestParse_lengths(t *testing.T) {
	for text, want := range map[string][]int{
		"L:1/8\nK:C\nCC2C3/2C/2C/C/1C4/2z8": {2, 4, 3, 1, 1, 2, 4, 16},
		"L:1/4\nK:C\nCC2C//C3/4":            {4, 8, 1, 3},
		"L:1/16\nK:C\nC|:C2:|C4||C8|]":      {1, 2, 4, 8},
		"K:C\nC":                            {2},
	} {
		x, err := scales.Parse("M:4/4\n" + text)
		var got []int
		for _, n := range slices.Concat(x.Bars...) {
			got = append(got, n.Length)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
}

// Whatever pitches a tune has, in whatever key, it reads back.
func TestParse_roundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		keys := strings.Fields("C G D A E B F# C# F Bb Eb Ab Db Gb Cb Am Em Bm F#m C#m G#m D#m A#m Dm Gm Cm Fm Bbm Ebm Abm")
		note := rapid.Custom(func(t *rapid.T) scales.Note {
			return scales.Note{Pitch: rapid.IntRange(-1, 127).Draw(t, "pitch"), Length: rapid.IntRange(1, 40).Draw(t, "length")}
		})
		x := scales.Tune{
			Key:   rapid.SampledFrom(keys).Draw(rt, "key"),
			Meter: scales.Meter{Beats: rapid.IntRange(1, 12).Draw(rt, "beats"), Unit: rapid.SampledFrom([]int{1, 2, 4, 8, 16}).Draw(rt, "unit")},
			Bars:  rapid.SliceOfN(rapid.SliceOfN(note, 1, 9), 1, 6).Draw(rt, "bars"),
		}
		back, err := scales.Parse(scales.Join(x.Tokens()))
		if err != nil || !reflect.DeepEqual(back, x) {
			rt.Fatalf("%v\n%+v\n%+v\n%s", err, x, back, x.ABC())
		}
	})
}

func TestParse_failures(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "abc: no field K:",
		"K:C\nC":                          "abc: no field M:",
		"M:4/4\nK:H\n":                    `line 2: key "H", expected one such as G, Bb, F#m`,
		"M:4/3\nK:C\n":                    `line 1: meter "4/3"`,
		"M:4\nK:C\n":                      `meter "4"`,
		"M:-4/4\nK:C\n":                   `meter "-4/4"`,
		"L:1/64\nM:4/4\nK:C\n":            `unit length "1/64"`,
		head + "C":                        "line 4: column 1: a note before the key, field K",
		head + "K:C\nCD(3EFG":             `line 5: column 3: '(', expected a note, a rest or a bar line`,
		head + "K:C\nC D é":               `column 5: 'é'`,
		head + "K:C\nC ^^D":               `accidental "^^"`,
		head + "K:C\nC ^":                 `accidental "^", expected one before a note`,
		head + "K:C\n^z":                  `accidental "^"`,
		head + "K:C\nz'":                  "a rest with an octave",
		head + "K:C\nC0":                  `length "0", expected 1 to 256`,
		head + "K:C\nC999999999999999999": "expected 1 to 256",
		head + "K:C\nC/4":                 "a length of 1/4 units, expected a whole number of sixteenths",
		head + "K:C\nC////////////////////////////////": "expected a whole number of sixteenths",
		head + "K:C\nc'''''''":                          "pitch 156, expected one of MIDI's 0 to 127",
		head + "K:C\nC [1 D":                            `"[" is no bar line`,
	} {
		if _, err := scales.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q in it", text, err, want)
		}
	}
}

func TestTune_Check(t *testing.T) {
	for text, want := range map[string]string{
		"K:C\nC8|C6|C8": "bar 2 lasts 12/16, expected 16/16 in 4/4",
		"K:C\nz8|]":     "no note",
		"K:C\n":         "no note",
	} {
		x, err := scales.Parse(head + text)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q in it", text, err, want)
		}
	}
}

// Any text is a tune or an error; what is a tune can be written and read back.
func FuzzParse(f *testing.F) {
	f.Add(head + "K:Gm\n=FF^F2F3/2_B,B,/|: z4 c'c,, :|]\n")
	f.Add("M:6/8\nK:F#m\nc//|")
	f.Fuzz(func(t *testing.T, text string) {
		x, err := scales.Parse(text)
		if err != nil {
			return
		}
		if len(x.Bars) == 0 {
			return
		}
		for _, n := range slices.Concat(x.Bars...) {
			if n.Length > 256 { // longer than a length that is written as one number
				return
			}
		}
		back, err := scales.Parse(x.ABC())
		if err != nil || !reflect.DeepEqual(back, x) {
			t.Fatalf("%v: %q became %q", err, text, x.ABC())
		}
	})
}
