package abc_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitlab.com/gomidi/midi/v2/smf"

	"github.com/hocsau/hocsau/datasets/abc"
)

// played returns pitch and length of each note, lengths in eighths.
func played(t *testing.T, body string) [][2]int {
	t.Helper()
	tune, err := abc.Parse("X:1\nM:4/4\nL:1/8\nK:D\n" + body)
	if err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	var notes [][2]int
	for _, n := range tune.Played() {
		pitch := 0
		for _, p := range n.Pitches {
			pitch = 128*pitch + p
		}
		notes = append(notes, [2]int{pitch, 24 * n.Length / (abc.Whole / 8)}) // in 1/24 of an eighth
	}
	return notes
}

func TestParse_notation(t *testing.T) {
	const e = 24 // an eighth
	for _, c := range []struct {
		body string
		want [][2]int
	}{
		{"CDEc", [][2]int{{61, e}, {62, e}, {64, e}, {73, e}}}, // C and F are sharp in D
		{"=C C ^G G|G c'C,", [][2]int{{60, e}, {60, e}, {68, e}, {68, e}, {67, e}, {85, e}, {49, e}}},
		{"A2 A/ A/2 A3/2 A// z4", [][2]int{{69, 2 * e}, {69, e / 2}, {69, e / 2}, {69, 3 * e / 2}, {69, e / 4}, {0, 4 * e}}},
		{"A>A A<A A>>A", [][2]int{{69, 36}, {69, 12}, {69, 12}, {69, 36}, {69, 42}, {69, 6}}},
		{"(3ABA (2AA (3:2:2AA A", [][2]int{{69, 16}, {71, 16}, {69, 16}, {69, 36}, {69, 36}, {69, 16}, {69, 16}, {69, e}}},
		{"A-A|A- A2", [][2]int{{69, 2 * e}, {69, 3 * e}}},
		{"[DA]2 [K:C]F", [][2]int{{62*128 + 69, 2 * e}, {65, e}}},
		{`"Am7"{/GB}~A !trill!A (AB)|`, [][2]int{{69, e}, {69, e}, {69, e}, {71, e}}},
		{"|:A:|B", [][2]int{{69, e}, {69, e}, {71, e}}},
		{"A|B:|c::d:|", [][2]int{{69, e}, {71, e}, {69, e}, {71, e}, {73, e}, {73, e}, {74, e}, {74, e}}},
		{"|:A|1 B:|2 c||d:|", [][2]int{{69, e}, {71, e}, {69, e}, {73, e}, {74, e}, {74, e}}},
		{"A| [1 B:| [2 c|]", [][2]int{{69, e}, {71, e}, {69, e}, {73, e}}},
		{"A % to the end\nw: no words\nB", [][2]int{{69, e}, {71, e}}},
	} {
		if got := played(t, c.body); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.body, got, c.want)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "no field K:"},
		{"X:1\nABC", "line 2"},
		{"K:H", `key "H"`},
		{"K:Gxyz\nA", "is no mode"},
		{"K:C", "no note"},
		{"K:C\nA?", "line 2: column 2: '?'"},
		{"K:C\nA\"G", "a chord symbol that does not end"},
		{"K:C\n[CE", "a chord that does not end"},
		{"K:C\n^|", "accidental"},
		{"K:C\n^^^C", "accidental \"^^^\""},
		{"K:C\nA0", "length \"0\""},
		{"K:C\nBA: c", "no bar line"},
		{"K:C\n-A", "a tie after no note"},
		{"K:C\nC,,,,,,,", "pitch"},
		{"M:x\nK:C\nA", "meter"},
		{"L:0/8\nK:C\nA", "unit length"},
		{"Q:fast=2\nK:C\nA", "tempo"},
		{"K:C\n(33:99A", "tuplet"},
		{"K:C\n\xff", "expected a note"},
	} {
		if _, err := abc.Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want one with %q", c.text, err, c.want)
		}
	}
}

// TestWriteMIDI: the file reads back with the notes, the meter and the key.
func TestWriteMIDI(t *testing.T) {
	tune, err := abc.Parse("X:1\nT:A tune\nM:6/8\nQ:3/8=80\nK:Gm\n|:A>B c2|[GB]3 z3:|")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := tune.WriteMIDI(&b); err != nil {
		t.Fatal(err)
	}
	file, err := smf.ReadFrom(&b)
	if err != nil {
		t.Fatal(err)
	}
	var on, off []uint8
	var ticks, beats, unit, velocity, channel, key uint8
	var bpm float64
	var name string
	var signature smf.Key
	var length uint32
	for _, e := range file.Tracks[0] {
		length += e.Delta
		switch {
		case e.Message.GetNoteOn(&channel, &key, &velocity):
			on = append(on, key)
		case e.Message.GetNoteOff(&channel, &key, &velocity):
			off = append(off, key)
		case e.Message.GetMetaMeter(&beats, &unit), e.Message.GetMetaTempo(&bpm), e.Message.GetMetaTrackName(&name):
		default:
			e.Message.GetMetaKey(&signature)
		}
	}
	want := []uint8{69, 70, 72, 67, 70, 69, 70, 72, 67, 70}
	if !slices.Equal(on, want) || !slices.Equal(off, want) {
		t.Errorf("notes on %v, off %v, want %v", on, off, want)
	}
	if beats != 6 || unit != 8 || bpm != 120 || name != "A tune" || signature.Num != 2 || !signature.IsFlat || signature.IsMajor {
		t.Errorf("meter %d/%d, %g beats a minute, name %q, key %+v, %d", beats, unit, bpm, name, signature, ticks)
	}
	if want := uint32(2 * (4 + 6) * abc.Whole / 8); length != want {
		t.Errorf("%d ticks, want %d", length, want)
	}
}

func TestFull(t *testing.T) {
	tune, err := abc.Parse("M:3/4\nL:1/4\nK:C\nA|ABc|AB|ABc|]")
	if err != nil {
		t.Fatal(err)
	}
	if got := tune.Full(); got != 0.75 {
		t.Errorf("%v of the bars are full, want 0.75", got)
	}
}

// TestNottingham reads all tunes of the Nottingham collection.
func TestNottingham(t *testing.T) {
	root := os.Getenv("HOCSAU_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(root, "music/nottingham/ABC_cleaned/*.abc"))
	if err != nil || len(files) == 0 {
		t.Skip("the collection is not on this machine")
	}
	tunes, bad, full := 0, 0, 0.0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range abc.Split(string(b)) {
			tunes++
			tune, err := abc.Parse(text)
			if err != nil {
				t.Logf("%s: %v\n%s", filepath.Base(f), err, text)
				bad++
				continue
			}
			full += tune.Full()
			if err := tune.WriteMIDI(&bytes.Buffer{}); err != nil {
				t.Errorf("%s, %s: %v", filepath.Base(f), tune.Title, err)
			}
		}
	}
	// One tune has a chord that nobody closed.
	if mean := full / float64(tunes); tunes != 917 || bad > 1 || mean < 0.8 {
		t.Errorf("%d tunes, want 917; %d are no ABC, want 1; %.2f of the bars are full, want at least 0.8", tunes, bad, mean)
	}
}

// FuzzParse: whatever the text, no panic, and a tune that parses can be written.
func FuzzParse(f *testing.F) {
	f.Add("X:1\nM:6/8\nQ:1/4=120\nK:Gm\n|:A>B (3cde [GB]2-|[1 z3:|[2 \"D7\"{a}^f!x!||")
	f.Add("K:C\n::A:|:|2,3-9 A Z4 (3:: <")
	f.Fuzz(func(t *testing.T, text string) {
		tune, err := abc.Parse(text)
		if err != nil {
			return
		}
		tune.Full()
		if err := tune.WriteMIDI(&bytes.Buffer{}); err != nil {
			t.Error(err)
		}
	})
}
