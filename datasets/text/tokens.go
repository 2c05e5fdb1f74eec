package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fields splits s at white space.
func Fields(s string) []string { return strings.Fields(s) }

// Words splits s into runs of letters, marks, digits, underscores; every other character but white space
// is a token of its own. An invalid byte is such a character.
func Words(s string) []string {
	var out []string
	start := -1 // of the run that is open
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		inWord := isWord(r) && (r != utf8.RuneError || n > 1)
		if inWord && start < 0 {
			start = i
		}
		if !inWord {
			if start >= 0 {
				out = append(out, s[start:i])
				start = -1
			}
			if !unicode.IsSpace(r) {
				out = append(out, s[i:i+n])
			}
		}
		i += n
	}
	if start >= 0 {
		out = append(out, s[start:])
	}
	return out
}

func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// Characters splits s into its characters; an invalid byte is one. Joined they are s again.
func Characters(s string) []string {
	out := make([]string, 0, len(s))
	for i := 0; i < len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])
		out = append(out, s[i:i+n])
		i += n
	}
	return out
}
