package scales_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/scales"
)

func made(t testing.TB, o scales.Options) []scales.Tune {
	t.Helper()
	s, err := scales.New(o)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]scales.Tune, s.Len())
	for i := range all {
		if all[i], err = s.At(i); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Each tune has full bars, stays within a voice, ends on its tonic, reads back.
func TestSet_tunes(t *testing.T) {
	tonics := map[string]int{"C": 0, "D": 2, "Eb": 3, "E": 4, "F": 5, "G": 7, "A": 9, "Bb": 10, "B": 11}
	keys, meters := map[string]bool{}, map[scales.Meter]bool{}
	for _, x := range made(t, scales.Options{Len: 500, Seed: 1}) {
		keys[x.Key], meters[x.Meter] = true, true
		if err := x.Check(); err != nil || len(x.Bars) != 16 {
			t.Fatalf("%d bars, %v:\n%s", len(x.Bars), err, x.ABC())
		}
		for _, n := range slices.Concat(x.Bars...) {
			if n.Pitch < 53 || n.Pitch > 90 || n.Length < 1 {
				t.Fatalf("note %+v in\n%s", n, x.ABC())
			}
		}
		last := x.Bars[15][len(x.Bars[15])-1]
		if tonic := tonics[strings.TrimSuffix(x.Key, "m")]; last.Pitch%12 != tonic {
			t.Fatalf("ends on %d, the tonic is %d:\n%s", last.Pitch%12, tonic, x.ABC())
		}
		back, err := scales.Parse(x.ABC())
		if err != nil || !reflect.DeepEqual(back, x) {
			t.Fatalf("%v, read back\n%s\nof\n%s", err, back.ABC(), x.ABC())
		}
	}
	if len(keys) < 10 || len(meters) != 4 {
		t.Errorf("keys %v, meters %v", keys, meters)
	}
}

func TestSet_partsAreDisjoint(t *testing.T) {
	in := map[string]string{}
	for _, part := range []string{scales.Train, scales.Val, scales.Test} {
		distinct := 0
		for _, x := range made(t, scales.Options{Part: part, Len: 300, Seed: 2}) {
			if other := in[x.ABC()]; other != "" && other != part {
				t.Fatalf("in %s as well as in %s:\n%s", other, part, x.ABC())
			} else if other == "" {
				distinct++
			}
			in[x.ABC()] = part
		}
		if distinct < 290 {
			t.Errorf("%s: only %d of 300 differ", part, distinct)
		}
	}
}

// A tune is a function of seed, part and index.
func TestSet_repeatable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed, i := rapid.Uint64().Draw(rt, "seed"), rapid.IntRange(0, 9).Draw(rt, "i")
		at := func(o scales.Options) string {
			s, err := scales.New(o)
			if err != nil {
				rt.Fatal(err)
			}
			x, err := s.At(i)
			if err != nil {
				rt.Fatal(err)
			}
			return x.ABC()
		}
		if a, b := at(scales.Options{Len: 10, Seed: seed}), at(scales.Options{Len: 99, Seed: seed}); a != b {
			rt.Fatalf("%s, then %s", a, b)
		}
		if a, b := at(scales.Options{Seed: seed}), at(scales.Options{Seed: seed + 1}); a == b {
			rt.Fatalf("%s for two seeds", a)
		}
	})
}

func TestSet_text(t *testing.T) {
	s, err := scales.New(scales.Options{Len: 3})
	if err != nil {
		t.Fatal(err)
	}
	tunes := strings.Split(s.Text(), "\n\n")
	if len(tunes) != 3 {
		t.Fatalf("%d tunes in\n%s", len(tunes), s.Text())
	}
	for _, x := range tunes {
		if _, err := scales.Parse(x); err != nil {
			t.Error(err)
		}
	}
	for part, want := range map[string]int{"": 2000, scales.Train: 2000, scales.Val: 200, scales.Test: 200} {
		s, err := scales.New(scales.Options{Part: part})
		if err != nil || s.Len() != want {
			t.Errorf("part %q: %d, %v, want %d", part, s.Len(), err, want)
		}
	}
}

func TestSet_wrongUse(t *testing.T) {
	for want, o := range map[string]scales.Options{
		`part "dev", expected train, val or test`: {Part: "dev"},
		"length: found -1":                        {Len: -1},
	} {
		if _, err := scales.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	s, err := scales.New(scales.Options{Len: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{-1, 3} {
		if _, err := s.At(i); err == nil || !strings.Contains(err.Error(), "of 3") {
			t.Errorf("tune %d: %v", i, err)
		}
	}
}
