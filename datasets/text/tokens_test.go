package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNormalize(t *testing.T) {
	for _, tc := range []struct {
		name, got, want string
	}{
		{"NFC joins vowel and marks", NFC("Ti\u00ea\u0301ng Vi\u1ec7t"), "Tiếng Việt"},
		{"NFC keeps bytes", NFC("a\xffe\u0301"), "a\xffé"},
		{"lower", Lower("TIẾNG Đ"), "tiếng đ"},
		{"lower keeps bytes", Lower("A\xffB"), "a\xffb"},
		{"Latin-1", FromLatin1("caf\xe9 \u00e9"), "café é"},
		{"Latin-1 leaves UTF-8", FromLatin1("café"), "café"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestTokens(t *testing.T) {
	for _, tc := range []struct {
		name      string
		got, want []string
	}{
		{"fields", Fields(" a  b\tc\n"), []string{"a", "b", "c"}},
		{"words", Words("Don't stop, x_1! Đấy."), []string{"Don", "'", "t", "stop", ",", "x_1", "!", "Đấy", "."}},
		{"words of a decomposed vowel", Words("e\u0301a b"), []string{"e\u0301a", "b"}},
		{"words around a bad byte", Words("ab\xffcd"), []string{"ab", "\xff", "cd"}},
		{"nothing", Words(" \n"), nil},
		{"characters", Characters("ấ b\xff"), []string{"ấ", " ", "b", "\xff"}},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}

func TestTokens_loseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		if got := strings.Join(Characters(s), ""); got != s {
			t.Fatalf("characters: %q became %q", s, got)
		}
		if got, want := strings.Join(Words(s), ""), strings.Join(strings.Fields(s), ""); got != want {
			t.Fatalf("words: %q became %q", want, got)
		}
		if got := Lower(Lower(s)); got != Lower(s) && utf8.ValidString(s) {
			t.Fatalf("lower of lower: %q", got)
		}
		if !utf8.ValidString(FromLatin1(s)) {
			t.Fatal("FromLatin1 leaves invalid bytes")
		}
	})
}
