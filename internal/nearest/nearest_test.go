package nearest

import (
	"slices"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestName_cases(t *testing.T) {
	models := []string{"lenet-tanh", "mlp", "lenet", "resnet20", "resnet18", "học-sâu"}
	for _, c := range []struct {
		name, given, want string
	}{
		{"swapped", "lnete", "lenet"},
		{"missing letter", "lnet", "lenet"},
		{"letter too many", "mlpp", "mlp"},
		{"case", "LeNet", "lenet"},
		{"beginning, shortest", "len", "lenet"},
		{"beginning, alphabet", "resnet", "resnet18"},
		{"one of two equals", "resnet10", "resnet18"},
		{"short", "mpl", "mlp"},
		{"other alphabet", "hoc-sâu", "học-sâu"},
		{"unlike", "transformer", ""},
		{"all letters differ", "x", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Name(c.given, models); got != c.want {
				t.Errorf("Name(%q) = %q, want %q", c.given, got, c.want)
			}
			slices.Reverse(models)
			if got := Name(c.given, models); got != c.want {
				t.Errorf("Name(%q) in reverse order = %q, want %q", c.given, got, c.want)
			}
		})
	}
	if got := Name("lenet", nil); got != "" {
		t.Errorf("Name among none = %q, want none", got)
	}
}

func TestDistance_cases(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"kitten", "sitting", 3},
		{"trian", "train", 1},
		{"ca", "abc", 3}, // a swapped pair is not edited again
		{"ố", "o", 1},
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestDistance_properties(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abcô")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := Distance(a, b)
		if back := Distance(b, a); back != d {
			t.Fatalf("%d forth, %d back", d, back)
		}
		if (d == 0) != (a == b) {
			t.Fatalf("distance %d", d)
		}
		m, n := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
		if d < max(m, n)-min(m, n) || d > max(m, n) {
			t.Fatalf("distance %d between words of %d and %d letters", d, m, n)
		}
	})
}
