package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NFC returns s in Unicode's composed form, so that a Vietnamese vowel with its marks is one character
// however it was typed. Invalid bytes stay.
func NFC(s string) string { return norm.NFC.String(s) }

// Lower returns s in lower case. Invalid bytes stay.
func Lower(s string) string {
	if utf8.ValidString(s) {
		return strings.ToLower(s)
	}
	return mapRunes(s, func(r rune, b *strings.Builder) { b.WriteRune(unicode.ToLower(r)) }, func(c byte, b *strings.Builder) { b.WriteByte(c) })
}

// FromLatin1 returns s with each invalid byte read as a character of windows-1252, which has those of Latin-1 and, in
// the place of its control characters, typographic ones: old texts become UTF-8, UTF-8 stays as it is.
func FromLatin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return mapRunes(s, func(r rune, b *strings.Builder) { b.WriteRune(r) }, func(c byte, b *strings.Builder) { b.WriteRune(fromWindows(c)) })
}

// mapRunes rebuilds s from its characters, its invalid bytes.
func mapRunes(s string, char func(rune, *strings.Builder), invalid func(byte, *strings.Builder)) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			invalid(s[i], &b)
		} else {
			char(r, &b)
		}
		i += n
	}
	return b.String()
}
