package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Detokenize joins the tokens of [Words] as they are usually written: no space
// before a full stop or a closing bracket, none behind an opening one, none
// around an apostrophe or a hyphen between words; straight quotes open and close
// in turn.
func Detokenize(tokens []string) string {
	var b strings.Builder
	quoted, glue := false, true // glue: nothing stands between the token and the one before
	for i, t := range tokens {
		between := i > 0 && i+1 < len(tokens) && startsWord(tokens[i-1]) && startsWord(tokens[i+1])
		before, after := !glue, true
		switch {
		case t == `"`:
			if quoted {
				before = false
			} else {
				after = false
			}
			quoted = !quoted
		case (t == "'" || t == "’" || t == "-") && between:
			before, after = false, false
		case strings.Contains(".,!?;:)]}%…”’", t):
			before = false
		case strings.Contains("([{“‘¿¡", t):
			after = false
		}
		if before {
			b.WriteByte(' ')
		}
		b.WriteString(t)
		glue = !after
	}
	return b.String()
}

func startsWord(t string) bool {
	r, _ := utf8.DecodeRuneInString(t)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
