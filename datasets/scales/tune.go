package scales

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Rest is the pitch of a silence.
const Rest = -1

// Note is a tone or a silence.
type Note struct {
	Pitch  int // MIDI number, 60 for middle C; Rest
	Length int // in sixteenths of a whole note
}

// Meter is the time signature: Beats/Unit.
type Meter struct{ Beats, Unit int }

// String returns it as in M:6/8.
func (m Meter) String() string { return fmt.Sprintf("%d/%d", m.Beats, m.Unit) }

// Bar returns the length of a full bar, in sixteenths of a whole note.
func (m Meter) Bar() int { return m.Beats * 16 / m.Unit }

// Tune is a melody of one voice.
type Tune struct {
	Key   string // such as G, Bb, F#m
	Meter Meter
	Bars  [][]Note
}

// signature returns the sharps (above 0) or flats (below) of a key; false where there is none of that name.
func signature(key string) (int, bool) {
	name, minor := strings.CutSuffix(key, "m")
	at := slices.Index(strings.Fields("Cb Gb Db Ab Eb Bb F C G D A E B F# C#"), name) - 7
	if minor {
		at = slices.Index(strings.Fields("Ab Eb Bb F C G D A E B F# C# G# D# A#"), name) - 7
	}
	return at, at >= -7
}

// altered returns by how many semitones each letter C … B is changed in a key.
func altered(sharps int) [7]int {
	var by [7]int
	for i := range sharps {
		by[[7]int{3, 0, 4, 1, 5, 2, 6}[i]] = 1
	}
	for i := range -sharps {
		by[[7]int{6, 2, 5, 1, 4, 0, 3}[i]] = -1
	}
	return by
}

// semitones returns those of the letters C … B above C.
func semitones() [7]int { return [7]int{0, 2, 4, 5, 7, 9, 11} }

// Tokens returns the tune as words: meter, key, notes, bar lines. Join turns them into a text.
func (t Tune) Tokens() []string {
	tokens := []string{"M:" + t.Meter.String(), "K:" + t.Key}
	sharps, _ := signature(t.Key)
	for i, bar := range t.Bars {
		state := spelling{key: altered(sharps)}
		for _, n := range bar {
			tokens = append(tokens, state.spell(n))
		}
		if i == len(t.Bars)-1 {
			tokens = append(tokens, "|]")
		} else {
			tokens = append(tokens, "|")
		}
	}
	return tokens
}

// ABC returns the tune as a file that players of ABC read.
func (t Tune) ABC() string { return Join(t.Tokens()) }

// Join returns tokens as a file: fields on lines of their own, four bars on a line. What the tokens say is not checked;
// Parse does that.
func Join(tokens []string) string {
	var head, body strings.Builder
	bars := 0
	for i, token := range tokens {
		if len(token) > 1 && token[1] == ':' && token[0] >= 'A' && token[0] <= 'Z' {
			head.WriteString(token + "\n")
			continue
		}
		body.WriteString(token)
		if strings.HasPrefix(token, "|") {
			bars++
			if bars%4 == 0 && i < len(tokens)-1 {
				body.WriteByte('\n')
				continue
			}
		}
		if i < len(tokens)-1 {
			body.WriteByte(' ')
		}
	}
	fields := head.String()
	key := strings.LastIndex(fields, "K:")
	if key < 0 {
		key = len(fields)
	}
	return "X:1\nT:Tune\n" + fields[:key] + "L:1/8\n" + fields[key:] + body.String() + "\n"
}

// spelling is what the accidentals of a bar so far say.
type spelling struct {
	key [7]int         // semitones by letter
	bar map[[2]int]int // of letter and octave, where the bar has an accidental
}

// at returns by how much a letter of an octave is changed here.
func (s *spelling) at(letter, octave int) int {
	if by, ok := s.bar[[2]int{letter, octave}]; ok {
		return by
	}
	return s.key[letter]
}

func (s *spelling) set(letter, octave, by int) {
	if s.bar == nil {
		s.bar = map[[2]int]int{}
	}
	s.bar[[2]int{letter, octave}] = by
}

// spell returns a note in ABC, in units of an eighth, with an accidental where one is needed.
func (s *spelling) spell(n Note) string {
	if n.Pitch == Rest {
		return "z" + lengthOf(n.Length)
	}
	letter, octave, by := s.letter(n.Pitch)
	mark := ""
	if s.at(letter, octave) != by {
		mark = [3]string{"_", "=", "^"}[by+1]
		s.set(letter, octave, by)
	}
	name := string("CDEFGAB"[letter])
	if octave > 0 {
		name = strings.ToLower(name) + strings.Repeat("'", octave-1)
	} else {
		name += strings.Repeat(",", -octave)
	}
	return mark + name + lengthOf(n.Length)
}

// letter finds how a pitch is written: as the key has it, else natural, else sharp or flat after the key's manner.
// Octave 0 is that of middle C.
func (s *spelling) letter(pitch int) (letter, octave, by int) {
	choices := []func(l int) int{func(l int) int { return s.key[l] }, func(int) int { return 0 }, func(int) int { return 1 }}
	for _, choose := range choices {
		for l, above := range semitones() {
			if d := pitch - 60 - above - choose(l); floorMod(d, 12) == 0 {
				return l, d / 12, choose(l)
			}
		}
	}
	return 0, 0, 0 // the sharps and naturals are all twelve
}

func floorMod(a, n int) int { return ((a % n) + n) % n }

// lengthOf returns a length in units of an eighth, nothing for one.
func lengthOf(sixteenths int) string {
	switch {
	case sixteenths == 2:
		return ""
	case sixteenths%2 == 0:
		return strconv.Itoa(sixteenths / 2)
	case sixteenths == 1:
		return "/2"
	}
	return strconv.Itoa(sixteenths) + "/2"
}

// Check returns an error where a bar is not full, or nothing sounds.
func (t Tune) Check() error {
	sounds := false
	for i, bar := range t.Bars {
		sum := 0
		for _, n := range bar {
			sum += n.Length
			sounds = sounds || n.Pitch != Rest
		}
		if sum != t.Meter.Bar() {
			return errors.Errorf("abc: bar %d lasts %d/16, expected %d/16 in %s", i+1, sum, t.Meter.Bar(), t.Meter)
		}
	}
	if !sounds {
		return errors.New("abc: no note")
	}
	return nil
}
