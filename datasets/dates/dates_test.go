package dates_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/dates"
)

func made(t testing.TB, o dates.Options) []dates.Pair {
	t.Helper()
	s, err := dates.New(o)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]dates.Pair, s.Len())
	for i := range all {
		if all[i], err = s.At(i); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// No written form stands for two dates, in one language or across them.
func TestForms_unambiguous(t *testing.T) {
	of := map[string]time.Time{}
	add := func(from, to time.Time, step int) {
		for d := from; d.Before(to); d = d.AddDate(0, 0, step) {
			forms := dates.Forms(d, dates.Both)
			if len(forms) < 30 {
				t.Fatalf("%v: only %d forms", d, len(forms))
			}
			for _, f := range forms {
				if other, ok := of[f]; ok && !other.Equal(d) {
					t.Fatalf("%q is %v as well as %v", f, other, d)
				}
				of[f] = d
			}
		}
	}
	add(date(1999, 12, 1), date(2003, 2, 1), 1)
	add(date(1900, 1, 1), date(2100, 1, 1), 29)
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		d    time.Time
		want []string
	}{
		{date(1999, 3, 4), []string{
			"March 4, 1999", "4th March 1999", "Thursday, 4 March 1999", "4-Mar-1999", "Thu 04 Mar 1999", "1999.03.04",
			"the fourth of March, nineteen ninety-nine", "ngày 4 tháng 3 năm 1999", "thứ năm, ngày bốn tháng ba năm 1999",
			"ngày bốn tháng ba năm một nghìn chín trăm chín mươi chín", "ngày mùng bốn tháng ba năm 1999", "Thứ năm, 4 tháng 3, 1999",
		}},
		{date(2005, 4, 15), []string{
			"15th April 2005", "April the fifteenth, 2005", "the fifteenth of April, two thousand and five",
			"ngày mười lăm tháng tư năm hai nghìn không trăm linh năm", "thứ sáu, ngày mười lăm tháng tư năm 2005",
		}},
		{date(2021, 5, 31), []string{
			"31st May 2021", "May thirty-first, twenty twenty-one", "May thirty-first, two thousand twenty-one",
			"ngày ba mươi mốt tháng năm năm hai nghìn không trăm hai mươi mốt", "thứ hai, ngày 31 tháng 5 năm 2021",
		}},
		{date(2000, 11, 22), []string{"22nd November 2000", "the twenty-second of November, two thousand", "ngày hai mươi hai tháng mười một năm hai nghìn"}},
		{date(1905, 12, 13), []string{"13th December 1905", "the thirteenth of December, nineteen oh five", "ngày mười ba tháng mười hai năm một nghìn chín trăm linh năm"}},
		{date(1900, 1, 23), []string{"23rd January 1900", "the twenty-third of January, nineteen hundred", "ngày hai mươi ba tháng một năm một nghìn chín trăm"}},
		{date(2010, 10, 12), []string{"the twelfth of October, twenty ten", "ngày mười hai tháng mười năm hai nghìn không trăm mười"}},
		{date(2024, 2, 29), []string{"29 february 2024", "FEBRUARY 29, 2024", "ngày hai mươi chín tháng hai năm hai nghìn không trăm hai mươi bốn"}},
	} {
		forms := dates.Forms(c.d, dates.Both)
		for _, w := range c.want {
			if !slices.Contains(forms, w) {
				t.Errorf("%v: no %q in %q", c.d, w, forms)
			}
		}
	}
}

func TestSet(t *testing.T) {
	languages := map[dates.Language]int{}
	for _, p := range made(t, dates.Options{Len: 3000, Seed: 1}) {
		d, err := time.Parse(time.DateOnly, p.ISO)
		if err != nil || d.Year() < 1900 || d.Year() > 2099 {
			t.Fatalf("%q: %v", p.ISO, err)
		}
		if !slices.Contains(dates.Forms(d, p.Language), p.Written) {
			t.Fatalf("%q is no form of %s", p.Written, p.ISO)
		}
		if !norm.NFC.IsNormalString(p.Written) || strings.TrimSpace(p.Written) != p.Written || strings.Contains(p.Written, "  ") {
			t.Fatalf("%q: not normal", p.Written)
		}
		languages[p.Language]++
	}
	if e, v := languages[dates.English], languages[dates.Vietnamese]; e < 1350 || v < 1350 || e+v != 3000 {
		t.Errorf("languages %v", languages)
	}
	for _, p := range made(t, dates.Options{Len: 50, Language: dates.Vietnamese}) {
		if p.Language != dates.Vietnamese {
			t.Errorf("%q is not Vietnamese", p.Written)
		}
	}
}

func TestSet_partsAreDisjoint(t *testing.T) {
	in := map[string]string{}
	for _, part := range []string{dates.Train, dates.Val, dates.Test} {
		for _, p := range made(t, dates.Options{Part: part, Len: 2000, Seed: 2}) {
			if other := in[p.ISO]; other != "" && other != part {
				t.Fatalf("%s is in %s as well as in %s", p.ISO, other, part)
			}
			in[p.ISO] = part
		}
	}
}

// A pair is a function of seed, part and index.
func TestSet_repeatable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed, i := rapid.Uint64().Draw(rt, "seed"), rapid.IntRange(0, 9).Draw(rt, "i")
		at := func(o dates.Options) dates.Pair {
			s, err := dates.New(o)
			if err != nil {
				rt.Fatal(err)
			}
			p, err := s.At(i)
			if err != nil {
				rt.Fatal(err)
			}
			return p
		}
		if a, b := at(dates.Options{Len: 10, Seed: seed}), at(dates.Options{Len: 99, Seed: seed}); a != b {
			rt.Fatalf("%v, then %v", a, b)
		}
		if a, b := at(dates.Options{Seed: seed}), at(dates.Options{Seed: seed + 1}); a == b {
			rt.Fatalf("%v for two seeds", a)
		}
	})
}

func TestSet_sizes(t *testing.T) {
	for part, want := range map[string]int{"": 10000, dates.Train: 10000, dates.Val: 1000, dates.Test: 1000} {
		s, err := dates.New(dates.Options{Part: part})
		if err != nil || s.Len() != want {
			t.Errorf("part %q: %d, %v, want %d", part, s.Len(), err, want)
		}
	}
}

func TestSet_wrongUse(t *testing.T) {
	for want, o := range map[string]dates.Options{
		`part "dev", expected train, val or test`: {Part: "dev"},
		"length: found -1":                        {Len: -1},
		"language 7 is not known":                 {Language: 7},
	} {
		if _, err := dates.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	s, err := dates.New(dates.Options{Len: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{-1, 3} {
		if _, err := s.At(i); err == nil || !strings.Contains(err.Error(), "of 3") {
			t.Errorf("pair %d: %v", i, err)
		}
	}
}
