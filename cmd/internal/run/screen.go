package run

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Screen is what both streams of the command go through. Names, words and
// messages come from files and servers, so what does not print is written as
// \u001b: no file moves the cursor or changes the title of a terminal. In JSON
// that is the same text: there such letters stand in strings only.
//
// It remembers the first write that went wrong, because not everybody who prints
// looks.
type Screen struct {
	to    io.Writer
	begun []byte // a letter whose end has not come yet
	err   error
}

// NewScreen returns a Screen that writes to w.
func NewScreen(w io.Writer) *Screen { return &Screen{to: w} }

// Write writes p, escaped.
func (s *Screen) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	all := p
	if len(s.begun) > 0 {
		all = append(s.begun, p...)
		s.begun = nil
	}
	end := len(all)
	for i := 1; i < utf8.UTFMax && i <= len(all); i++ {
		if b := all[len(all)-i]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(all[len(all)-i:]) {
				end -= i
			}
			break
		}
	}
	s.begun = append([]byte(nil), all[end:]...)
	if err := s.write(escape(all[:end])); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Err ends the output and returns the first error of a write.
func (s *Screen) Err() error {
	if begun := s.begun; len(begun) > 0 && s.err == nil {
		s.begun = nil
		_ = s.write(escape(begun))
	}
	return s.err
}

func (s *Screen) write(b []byte) error {
	_, err := s.to.Write(b)
	if err != nil {
		s.err = err
	}
	return err
}

// raw returns what is behind a Screen, for those who move the cursor.
func raw(w io.Writer) io.Writer {
	if s, ok := w.(*Screen); ok {
		return s.to
	}
	return w
}

// Raw is the output for what moves the cursor by intent; nothing that comes from
// elsewhere is written to it.
func (a *App) Raw() io.Writer { return raw(a.Out) }

// escape replaces what does not print, but for line breaks and tabs.
func escape(b []byte) []byte {
	clean := true
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			clean = false
			break
		}
	}
	if clean {
		return b
	}
	out := make([]byte, 0, len(b)+16)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			out = fmt.Appendf(out, `\x%02x`, b[0])
		case r == '\n' || r == '\t' || prints(r):
			out = append(out, b[:n]...)
		default:
			out = append(out, escaped(r)...)
		}
		b = b[n:]
	}
	return out
}

// prints reports whether a letter is shown where it stands and changes nothing
// else. The joiners belong to the spelling of some languages.
func prints(r rune) bool {
	return unicode.IsGraphic(r) || r == '\u200c' || r == '\u200d'
}

// escaped writes a letter as JSON does.
func escaped(r rune) string {
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// Cell is a name in a line or a table: with its line breaks and tabs escaped too.
func Cell(s string) string {
	if !strings.ContainsAny(s, "\n\r\t") {
		return s
	}
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
}
