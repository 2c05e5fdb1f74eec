package abc

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// note reads one note or rest.
func (p *parser) note(s string) (int, error) {
	pitches, rest, err := p.tone(s)
	if err != nil {
		return 0, err
	}
	wholeBars := strings.HasPrefix(s, "Z")
	length, rest, err := p.length(rest)
	if err != nil {
		return 0, err
	}
	if wholeBars {
		bar := Whole
		if m := p.tune.Meter; m.Unit > 0 {
			bar = m.Beats * Whole / m.Unit
		}
		length = length / p.unitLength() * bar
	}
	p.add(pitches, length)
	return len(s) - len(rest), nil
}

// chord reads notes that sound together: [CEG]2.
func (p *parser) chord(s string) (int, error) {
	rest := s[1:]
	var pitches []int
	length := 0
	for !strings.HasPrefix(rest, "]") {
		if rest == "" {
			return 0, errors.New("a chord that does not end, expected ]")
		}
		if strings.IndexByte(" ~.-()+", rest[0]) >= 0 {
			rest = rest[1:]
			continue
		}
		if rest[0] == '"' || rest[0] == '!' {
			n, err := enclosed(rest, rest[0], "a sign in a chord")
			if err != nil {
				return 0, err
			}
			rest = rest[n:]
			continue
		}
		if strings.IndexByte("^_=CDEFGABcdefgab", rest[0]) < 0 {
			return 0, errors.Errorf("%q in a chord, expected a note", []rune(rest)[0])
		}
		tone, after, err := p.tone(rest)
		if err != nil {
			return 0, err
		}
		l, after, err := p.length(after)
		if err != nil {
			return 0, err
		}
		if length == 0 {
			length = l
		}
		pitches, rest = append(pitches, tone...), after
	}
	if len(pitches) == 0 {
		return 0, errors.New("a chord without notes")
	}
	times, rest, err := p.length(rest[1:])
	if err != nil {
		return 0, err
	}
	p.add(pitches, length*times/p.unitLength())
	return len(s) - len(rest), nil
}

// add adds a note, changed by what came before it.
func (p *parser) add(pitches []int, length int) {
	if p.tuplet > 0 {
		length = length * p.tupletTimes / p.tupletBy
		p.tuplet--
	}
	if p.broken != 0 {
		length = dotted(length, -p.broken)
		p.broken = 0
	}
	p.sounds = p.sounds || len(pitches) > 0
	p.tune.events = append(p.tune.events, event{kind: sound, note: Note{pitches, length}})
}

// dotted lengthens by dots, or shortens by as many where dots is below 0: ×3/2
// and ×1/2, ×7/4 and ×1/4.
func dotted(length, dots int) int {
	whole := 1 << max(dots, -dots)
	if dots > 0 {
		return length * (2*whole - 1) / whole
	}
	return length / whole
}

// breakRhythm reads > or <: one note is dotted, the other is shortened.
func (p *parser) breakRhythm(s string) (int, error) {
	n := len(s) - len(strings.TrimLeft(s, s[:1]))
	last := p.last()
	if last == nil || n > 3 {
		return 0, errors.Errorf("broken rhythm %q, expected > or < between two notes", s[:n])
	}
	dots := n
	if s[0] == '<' {
		dots = -n
	}
	last.note.Length = dotted(last.note.Length, dots)
	p.broken = dots
	return n, nil
}

// openTuplet reads (p, (p:q, (p:q:r: the next r notes have the time of q/p; a
// parenthesis without a number is a slur.
func (p *parser) openTuplet(s string) (int, error) {
	n := len(s) - 1 - len(strings.TrimLeft(s[1:], "0123456789:"))
	text := s[1 : 1+n]
	if text == "" || text[0] == ':' {
		return 1, nil
	}
	parts := strings.Split(text, ":")
	var v [3]int
	for i, part := range parts {
		if i > 2 {
			return 0, errors.Errorf("tuplet %q, expected one such as (3", text)
		}
		if part == "" {
			continue
		}
		number, err := strconv.Atoi(part)
		if err != nil || number < 1 || number > 32 {
			return 0, errors.Errorf("tuplet %q, expected one such as (3", text)
		}
		v[i] = number
	}
	if v[0] < 2 {
		return 0, errors.Errorf("tuplet %q, expected 2 notes or more", text)
	}
	if v[1] == 0 {
		compound := p.tune.Meter.Unit == 8 && p.tune.Meter.Beats%3 == 0
		switch v[0] {
		case 2, 4, 8:
			v[1] = 3
		case 3, 6:
			v[1] = 2
		default:
			if v[1] = 2; compound {
				v[1] = 3
			}
		}
	}
	if v[2] == 0 {
		v[2] = v[0]
	}
	p.tuplet, p.tupletTimes, p.tupletBy = v[2], v[1], v[0]
	return 1 + n, nil
}

// tone reads a pitch or a rest, which has none.
func (p *parser) tone(s string) (pitches []int, rest string, err error) {
	rest = strings.TrimLeft(s, "^_=")
	mark := s[:len(s)-len(rest)]
	if rest == "" {
		return nil, "", errors.Errorf("accidental %q before no note", mark)
	}
	name := rest[0]
	rest = rest[1:]
	if strings.IndexByte("zxZ", name) >= 0 {
		if mark != "" {
			return nil, "", errors.Errorf("accidental %q before a rest", mark)
		}
		return nil, rest, nil
	}
	letter := strings.IndexByte("CDEFGAB", name)
	octave := 0
	if letter < 0 {
		letter, octave = strings.IndexByte("cdefgab", name), 1
	}
	if letter < 0 {
		return nil, "", errors.Errorf("accidental %q before %q, expected a note", mark, rune(name))
	}
	for rest != "" && (rest[0] == '\'' || rest[0] == ',') {
		if octave++; rest[0] == ',' {
			octave -= 2
		}
		rest = rest[1:]
	}
	by, err := p.alteration(mark, letter, octave)
	if err != nil {
		return nil, "", err
	}
	pitch := 60 + 12*octave + [7]int{0, 2, 4, 5, 7, 9, 11}[letter] + by
	if pitch < 0 || pitch > 127 {
		return nil, "", errors.Errorf("pitch %d, expected one of MIDI's 0 to 127", pitch)
	}
	return []int{pitch}, rest, nil
}

// alteration returns by how many semitones a letter is changed; an accidental
// counts to the end of its bar.
func (p *parser) alteration(mark string, letter, octave int) (int, error) {
	at := [2]int{letter, octave}
	if mark == "" {
		if by, ok := p.marks[at]; ok {
			return by, nil
		}
		return p.key[letter], nil
	}
	by, ok := map[string]int{"^": 1, "_": -1, "=": 0, "^^": 2, "__": -2}[mark]
	if !ok {
		return 0, errors.Errorf("accidental %q, expected one of ^ _ = ^^ __", mark)
	}
	if p.marks == nil {
		p.marks = map[[2]int]int{}
	}
	p.marks[at] = by
	return by, nil
}

// length reads 3, 3/2, /2, /, // or nothing, in units.
func (p *parser) length(s string) (ticks int, rest string, err error) {
	number := func() (int, error) {
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
	times, err := number()
	if err != nil {
		return 0, "", err
	}
	times = max(times, 1)
	by := 1
	for strings.HasPrefix(s, "/") {
		s = s[1:]
		n, err := number()
		if err != nil {
			return 0, "", err
		}
		if n == 0 {
			n = 2
		}
		if by *= n; by > 256 {
			return 0, "", errors.New("a note shorter than 1/256 of the unit")
		}
	}
	return times * p.unitLength() / by, s, nil
}
