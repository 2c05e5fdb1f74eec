package scales

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Parse reads a tune: fields on lines of their own, of which M, L, K count, then notes with accidentals, octave marks,
// lengths, rests z, bar lines, spaces. Chords, tuplets, ties, words are refused. L is 1/8 where it is missing. A bar
// may have any length; Check asks for full ones.
func Parse(text string) (Tune, error) {
	p := parser{unit: 2}
	for i, line := range strings.Split(text, "\n") {
		if err := p.line(strings.TrimRight(line, " \t\r")); err != nil {
			return Tune{}, errors.Wrapf(err, "abc: line %d", i+1)
		}
	}
	p.endBar()
	switch {
	case p.tune.Key == "":
		return Tune{}, errors.New("abc: no field K:, expected the key before the notes")
	case p.tune.Meter == Meter{}:
		return Tune{}, errors.New("abc: no field M:, expected the meter before the notes")
	}
	return p.tune, nil
}

type parser struct {
	tune  Tune
	unit  int // sixteenths of a note without a length
	state spelling
	bar   []Note
}

func (p *parser) line(s string) error {
	if i := strings.IndexByte(s, '%'); i >= 0 {
		s = s[:i]
	}
	if len(s) > 1 && s[1] == ':' && (s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z') {
		return p.field(s[0], strings.TrimSpace(s[2:]))
	}
	for at := 0; at < len(s); {
		n, err := p.symbol(s[at:])
		if err != nil {
			return errors.Wrapf(err, "column %d", at+1)
		}
		at += n
	}
	return nil
}

// field reads a field; those that do not change the notes are passed over.
func (p *parser) field(name byte, value string) error {
	switch name {
	case 'K':
		sharps, ok := signature(value)
		if !ok {
			return errors.Errorf("key %q, expected one such as G, Bb, F#m", value)
		}
		p.tune.Key, p.state.key = value, altered(sharps)
	case 'M':
		beats, unit, err := fraction(value)
		if err != nil || beats > 64 || !slices.Contains([]int{1, 2, 4, 8, 16}, unit) {
			return errors.Errorf("meter %q, expected one such as 6/8", value)
		}
		p.tune.Meter = Meter{beats, unit}
	case 'L':
		n, d, err := fraction(value)
		if err != nil || n != 1 || !slices.Contains([]int{1, 2, 4, 8, 16}, d) {
			return errors.Errorf("unit length %q, expected one such as 1/8", value)
		}
		p.unit = 16 / d
	}
	return nil
}

// fraction reads a/b, both above 0.
func fraction(s string) (a, b int, err error) {
	left, right, ok := strings.Cut(s, "/")
	if a, err = strconv.Atoi(left); err == nil {
		b, err = strconv.Atoi(right)
	}
	if err != nil || !ok || a < 1 || b < 1 {
		return 0, 0, errors.Errorf("%q is no fraction", s)
	}
	return a, b, nil
}

// symbol reads what s begins with and returns its length.
func (p *parser) symbol(s string) (int, error) {
	const accidentals, letters = "_=^", "CDEFGABcdefgabz"
	switch c := s[0]; {
	case c == ' ' || c == '\t':
		return 1, nil
	case strings.IndexByte("|:[]", c) >= 0:
		n := len(s) - len(strings.TrimLeft(s, "|:[]"))
		if !slices.Contains([]string{"|", "||", "|]", "[|", "|:", ":|", "::", ":|:", ":||:"}, s[:n]) {
			return 0, errors.Errorf("%q is no bar line", s[:n])
		}
		p.endBar()
		return n, nil
	case strings.IndexByte(accidentals+letters, c) < 0:
		return 0, errors.Errorf("%q, expected a note, a rest or a bar line", []rune(s)[0])
	}
	if p.tune.Key == "" {
		return 0, errors.New("a note before the key, field K")
	}
	rest := strings.TrimLeft(s, accidentals)
	mark := s[:len(s)-len(rest)]
	if len(mark) > 1 || rest == "" || strings.IndexByte(letters, rest[0]) < 0 || mark != "" && rest[0] == 'z' {
		return 0, errors.Errorf("accidental %q, expected one before a note", mark)
	}
	name := rest[0]
	rest = rest[1:]
	octave := 0
	for rest != "" && (rest[0] == '\'' || rest[0] == ',') {
		octave += map[byte]int{'\'': 1, ',': -1}[rest[0]]
		rest = rest[1:]
	}
	length, rest, err := p.length(rest)
	if err != nil {
		return 0, err
	}
	n := Note{Pitch: Rest, Length: length}
	if name != 'z' {
		if n.Pitch, err = p.pitch(name, octave, mark); err != nil {
			return 0, err
		}
	} else if octave != 0 {
		return 0, errors.New("a rest with an octave")
	}
	p.bar = append(p.bar, n)
	return len(s) - len(rest), nil
}

func (p *parser) pitch(name byte, octave int, mark string) (int, error) {
	letter := strings.IndexByte("CDEFGAB", name)
	if letter < 0 {
		letter = strings.IndexByte("cdefgab", name)
		octave++
	}
	if mark != "" {
		p.state.set(letter, octave, strings.Index("_=^", mark)-1)
	}
	pitch := 60 + 12*octave + semitones()[letter] + p.state.at(letter, octave)
	if pitch < 0 || pitch > 127 {
		return 0, errors.Errorf("pitch %d, expected one of MIDI's 0 to 127", pitch)
	}
	return pitch, nil
}

// length reads 3, 3/2, /2, /, // or nothing, in units.
func (p *parser) length(s string) (sixteenths int, rest string, err error) {
	digits := func() (int, error) {
		n := len(s) - len(strings.TrimLeft(s, "0123456789"))
		text := s[:n]
		s = s[n:]
		if text == "" {
			return 0, nil
		}
		v, err := strconv.Atoi(text)
		if err != nil || v < 1 || v > 256 {
			return 0, errors.Errorf("length %q, expected 1 to 256", text)
		}
		return v, nil
	}
	times, err := digits()
	if err != nil {
		return 0, "", err
	}
	times = max(times, 1)
	by := 1
	for strings.HasPrefix(s, "/") {
		s = s[1:]
		n, err := digits()
		if err != nil {
			return 0, "", err
		}
		if n == 0 {
			n = 2
		}
		if by *= n; by > 1<<16 {
			break
		}
	}
	if times*p.unit%by != 0 {
		return 0, "", errors.Errorf("a length of %d/%d units, expected a whole number of sixteenths", times, by)
	}
	return times * p.unit / by, s, nil
}

// endBar ends a bar, if it has begun.
func (p *parser) endBar() {
	if len(p.bar) > 0 {
		p.tune.Bars = append(p.tune.Bars, p.bar)
	}
	p.bar, p.state.bar = nil, nil
}
