package metrics

import (
	"regexp"
	"strings"
	"unicode"
)

// The four rules of 13a, applied in this order.
var (
	punctuation13a = regexp.MustCompile("([\\{-\\~\\[-\\` -\\&\\(-\\+\\:-\\@\\/])")
	afterWord13a   = regexp.MustCompile(`([^0-9])([\.,])`)
	beforeWord13a  = regexp.MustCompile(`([\.,])([^0-9])`)
	numberDash13a  = regexp.MustCompile(`([0-9])(-)`)
)

// Tokenize13a splits text as mteval-v13a does, which is sacreBLEU's default:
// punctuation stands alone, except periods and commas between digits.
//
// Source: arXiv:1804.08771; the tokeniser 13a of sacreBLEU.
func Tokenize13a(text string) []string {
	text = strings.TrimRightFunc(text, isSpace)
	text = strings.ReplaceAll(text, "<skipped>", "")
	text = strings.ReplaceAll(text, "-\n", "")
	text = strings.ReplaceAll(text, "\n", " ")
	text = strings.ReplaceAll(text, "&quot;", `"`)
	text = strings.ReplaceAll(text, "&amp;", "&")
	text = strings.ReplaceAll(text, "&lt;", "<")
	text = strings.ReplaceAll(text, "&gt;", ">")
	text = punctuation13a.ReplaceAllString(" "+text+" ", " $1 ")
	text = afterWord13a.ReplaceAllString(text, "$1 $2 ")
	text = beforeWord13a.ReplaceAllString(text, " $1 $2")
	text = numberDash13a.ReplaceAllString(text, "$1 $2 ")
	return strings.FieldsFunc(text, isSpace)
}

// isSpace is the white space of Python's str.split: that of Unicode, with four
// separators of ASCII.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
}
