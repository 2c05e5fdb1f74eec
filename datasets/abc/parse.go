package abc

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Parse reads one tune. The error names line and column.
func Parse(text string) (*Tune, error) {
	p := &parser{tune: &Tune{}}
	text = strings.TrimPrefix(text, "\ufeff")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	for i, line := range strings.Split(text, "\n") {
		if err := p.line(strings.TrimRight(line, " \t\r")); err != nil {
			return nil, errors.Wrapf(err, "abc: line %d", i+1)
		}
	}
	switch {
	case !p.body:
		return nil, errors.New("abc: no field K:, expected the key before the notes")
	case !p.sounds:
		return nil, errors.New("abc: no note")
	}
	return p.tune, nil
}

// parser is where the reading of a tune is.
type parser struct {
	tune   *Tune
	body   bool // the key has come
	sounds bool
	unit   int // ticks of a note without a length; 0 until it is known
	key    [7]int
	marks  map[[2]int]int // of letter and octave: accidentals of this bar

	tuplet      int // notes that are left in a tuplet
	tupletTimes int // its length is times/by
	tupletBy    int
	broken      int // of the next note: > 0 shortened by that many dots, < 0 lengthened
}

// line reads a line.
func (p *parser) line(s string) error {
	if i := strings.IndexByte(s, '%'); i >= 0 {
		s = strings.TrimRight(s[:i], " \t")
	}
	if len(s) > 1 && s[1] == ':' && isLetter(s[0]) {
		return p.field(s[0], strings.TrimSpace(s[2:]))
	}
	if s != "" && !p.body {
		return errors.Errorf("%.20q before the key, expected a field such as K:G", s)
	}
	for at := 0; at < len(s); {
		n, err := p.sign(s[at:])
		if err != nil {
			return errors.Wrapf(err, "column %d", at+1)
		}
		at += n
	}
	return nil
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// field reads a field; those that do not change the sound are passed over.
func (p *parser) field(name byte, value string) error {
	switch name {
	case 'X':
		p.tune.Number = value
	case 'T':
		if p.tune.Title == "" {
			p.tune.Title = value
		}
	case 'K':
		return p.setKey(value)
	case 'M':
		m, err := meterOf(value)
		if err != nil {
			return err
		}
		if !p.sounds {
			p.tune.Meter = m
		}
	case 'L':
		n, d, err := fraction(value)
		if err != nil {
			return errors.Errorf("unit length %q, expected one such as 1/8", value)
		}
		p.unit = Whole * n / d
	case 'Q':
		return p.setTempo(value)
	}
	return nil
}

// meterOf reads 6/8, C for 4/4, C| for 2/2, none for a free meter.
func meterOf(s string) (Meter, error) {
	switch s {
	case "C":
		return Meter{4, 4}, nil
	case "C|":
		return Meter{2, 2}, nil
	case "none", "":
		return Meter{}, nil
	}
	beats, unit, err := fraction(s)
	if err != nil || beats > 64 || unit > 64 {
		return Meter{}, errors.Errorf("meter %q, expected one such as 6/8", s)
	}
	return Meter{beats, unit}, nil
}

// fraction reads a/b, both from 1 to 1024.
func fraction(s string) (a, b int, err error) {
	left, right, ok := strings.Cut(strings.TrimSpace(s), "/")
	if a, err = strconv.Atoi(left); err == nil && ok {
		b, err = strconv.Atoi(right)
	} else if err == nil {
		b = 1
	}
	if err != nil || a < 1 || b < 1 || a > 1024 || b > 1024 {
		return 0, 0, errors.Errorf("%q is no fraction", s)
	}
	return a, b, nil
}

// setTempo reads 120, 1/4=120, "Allegro" 3/8=100.
func (p *parser) setTempo(s string) error {
	if i := strings.LastIndexByte(s, '"'); i >= 0 {
		s = s[i+1:]
	}
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	beat, number, ok := strings.Cut(s, "=")
	n, d := 1, 4
	if !ok {
		number = beat
	} else {
		var err error
		if n, d, err = fraction(beat); err != nil {
			return errors.Errorf("tempo %q, expected one such as 1/4=120", s)
		}
	}
	v, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || v < 1 || v > 1000 {
		return errors.Errorf("tempo %q, expected one such as 1/4=120", s)
	}
	if p.tune.Tempo == 0 {
		p.tune.Tempo = max(1, v*n*4/d)
	}
	return nil
}

// unitLength returns that of field L, else 1/16 in meters below 3/4, else 1/8.
func (p *parser) unitLength() int {
	if p.unit == 0 {
		p.unit = Whole / 8
		if m := p.tune.Meter; m.Unit > 0 && 4*m.Beats < 3*m.Unit {
			p.unit = Whole / 16
		}
	}
	return p.unit
}

// sign reads what s begins with and returns its length.
func (p *parser) sign(s string) (int, error) {
	switch c := s[0]; c {
	case ' ', '\t', '\\', '`', '~', '.', '$', 'y':
		return 1, nil
	case '"':
		return enclosed(s, '"', "a chord symbol")
	case '!':
		return enclosed(s, '!', "a decoration")
	case '+':
		return enclosed(s, '+', "a decoration")
	case '{':
		return enclosed(s, '}', "grace notes")
	case '(':
		return p.openTuplet(s)
	case ')':
		return 1, nil
	case '-':
		return 1, p.tie()
	case '>', '<':
		return p.breakRhythm(s)
	case '|', ':':
		return p.barLine(s)
	case '[':
		if len(s) > 1 && strings.IndexByte("|123456789", s[1]) >= 0 {
			return p.barLine(s)
		}
		if len(s) > 2 && s[2] == ':' && isLetter(s[1]) {
			n, err := enclosed(s, ']', "a field")
			if err != nil {
				return 0, err
			}
			return n, p.field(s[1], strings.TrimSpace(s[3:n-1]))
		}
		return p.chord(s)
	case ']':
		if strings.HasPrefix(s, "]|") {
			return 1, nil
		}
	case 'H', 'L', 'M', 'O', 'P', 'S', 'T', 'u', 'v': // decorations by a letter
		return 1, nil
	default:
		if strings.IndexByte("^_=CDEFGABcdefgabzxZ", c) >= 0 {
			return p.note(s)
		}
	}
	return 0, errors.Errorf("%q, expected a note, a rest or a bar line", []rune(s)[0])
}

// enclosed returns the length of what is between the first character and close.
func enclosed(s string, end byte, what string) (int, error) {
	i := strings.IndexByte(s[1:], end)
	if i < 0 {
		return 0, errors.Errorf("%s that does not end in its line, expected %q", what, end)
	}
	return i + 2, nil
}

// barLine reads bar lines with repeats and the numbers of endings.
func (p *parser) barLine(s string) (int, error) {
	n := len(s) - len(strings.TrimLeft(s, "|:"))
	if strings.HasPrefix(s[n:], "]") && n > 0 {
		n++
	}
	if strings.HasPrefix(s, "[|") {
		n = 1 + len(s[1:]) - len(strings.TrimLeft(s[1:], "|:]"))
	}
	sign := s[:n]
	colons := strings.Count(sign, ":")
	if sign == ":" || colons > 4 || len(sign) > 6 {
		return 0, errors.Errorf("%q is no bar line", sign)
	}
	p.marks, p.broken = nil, 0
	add := func(kind eventKind) { p.tune.events = append(p.tune.events, event{kind: kind}) }
	begin, end := strings.HasSuffix(sign, ":"), strings.HasPrefix(sign, ":")
	switch {
	case end || begin:
		if end {
			add(repeatEnd)
		}
		if begin {
			add(repeatBegin)
		}
	case sign == "||" || strings.ContainsAny(sign, "[]"):
		add(sectionEnd)
	case sign != "":
		add(bar)
	}
	rest := s[n:]
	if n > 0 && strings.HasPrefix(rest, "[") && len(rest) > 1 && rest[1] >= '1' && rest[1] <= '9' || sign == "" {
		rest = rest[1:]
	} else if rest == "" || rest[0] < '1' || rest[0] > '9' {
		return n, nil
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "123456789,-."))
	var passes []int
	for _, part := range strings.Split(rest[:digits], ",") {
		from, to, isRange := strings.Cut(strings.Trim(part, "."), "-")
		a, err := strconv.Atoi(from)
		b := a
		if isRange && err == nil {
			b, err = strconv.Atoi(to)
		}
		if err != nil || b < a || b-a > 8 {
			return 0, errors.Errorf("ending %q, expected a number such as 1", rest[:digits])
		}
		for v := a; v <= b; v++ {
			passes = append(passes, v)
		}
	}
	p.tune.events = append(p.tune.events, event{kind: ending, endings: passes})
	return len(s) - len(rest) + digits, nil
}

// tie joins the last note with the next.
func (p *parser) tie() error {
	if last := p.last(); last != nil && len(last.note.Pitches) > 0 {
		last.tied = true
		return nil
	}
	return errors.New("a tie after no note")
}

// last returns the last note; nil where there is none.
func (p *parser) last() *event {
	for i := len(p.tune.events) - 1; i >= 0; i-- {
		if p.tune.events[i].kind == sound {
			return &p.tune.events[i]
		}
	}
	return nil
}
