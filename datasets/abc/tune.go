package abc

import (
	"io"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// Whole is the number of ticks in a whole note; triplets and quintuplets of
// sixty-fourths are whole numbers of them.
const Whole = 3840

// Tune is a melody.
type Tune struct {
	Number string // field X
	Title  string // field T
	Key    string // field K, such as G, Am, Ddor
	Meter  Meter  // field M; 0/0 where the meter is free
	Tempo  int    // quarter notes a minute; 0 where the tune does not say

	sharps int // of the key at the beginning; flats below 0
	minor  bool
	events []event
}

// Meter is a time signature: Beats/Unit.
type Meter struct{ Beats, Unit int }

// Note is one tone, or several that sound together.
type Note struct {
	Pitches []int // MIDI numbers, 60 for middle C; none for a rest
	Length  int   // ticks
}

// event is a note or a sign between notes.
type event struct {
	kind    eventKind
	note    Note
	tied    bool  // the next note of that pitch goes on with this one
	endings []int // the passes that play what follows an ending's sign
}

type eventKind int

const (
	sound eventKind = iota
	bar             // an end of a section is sectionEnd
	sectionEnd
	repeatBegin
	repeatEnd
	ending
)

// Split returns the tunes of a tune book: each begins with a field X. A book in
// an encoding that [Read] refuses has none.
func Split(book string) []string {
	tunes, err := Read(strings.NewReader(book))
	if err != nil {
		return nil
	}
	return tunes
}

// Read returns the tunes of a tune book, which is read as by [text.Decoder].
func Read(r io.Reader) ([]string, error) {
	var tunes []string
	var tune strings.Builder
	begun := false
	err := text.ScanLines(r, func(line string) error {
		if strings.HasPrefix(line, "X:") {
			if begun {
				tunes = append(tunes, tune.String())
			}
			tune.Reset()
			begun = true
		}
		if begun {
			tune.WriteString(line + "\n")
		}
		return nil
	})
	if err != nil {
		return nil, errors.Wrap(err, "read tunes")
	}
	if begun {
		tunes = append(tunes, tune.String())
	}
	return tunes, nil
}

// Bars returns the notes between bar lines, as they are written, repeats once.
func (t *Tune) Bars() [][]Note {
	var bars [][]Note
	var open []Note
	for _, e := range t.events {
		if e.kind == sound {
			open = append(open, e.note)
			continue
		}
		if len(open) > 0 && e.kind != ending {
			bars = append(bars, open)
			open = nil
		}
	}
	if len(open) > 0 {
		bars = append(bars, open)
	}
	return bars
}

// Full returns the share of the bars that last as long as the meter says. The
// first bar and those at the ends of sections may be short: an upbeat counts as
// full.
func (t *Tune) Full() float64 {
	bars := t.Bars()
	if len(bars) == 0 || t.Meter.Unit == 0 {
		return 0
	}
	want, full := t.Meter.Beats*Whole/t.Meter.Unit, 0
	for i, b := range bars {
		sum := 0
		for _, n := range b {
			sum += n.Length
		}
		if sum == want || i == 0 && sum < want {
			full++
		}
	}
	return float64(full) / float64(len(bars))
}

// Played returns the notes as they are played: repeats written out, a section
// with endings as often as its endings say, tied notes joined.
//
// Source: the ABC standard 2.1, §4.8 to §4.10.
func (t *Tune) Played() []Note {
	var notes []Note
	start, pass, tied := 0, 1, false
	ended := false // an ending of this pass has begun
	begun := false // the section has a sign for its beginning; else it begins behind the last double bar
	again := func(i int) { start, pass, ended, begun = i, 1, false, false }
	for i, steps := 0, 0; i < len(t.events) && steps < (mostPasses+1)*len(t.events); i, steps = i+1, steps+1 {
		switch e := t.events[i]; e.kind {
		case sound:
			last := len(notes) - 1
			if tied && last >= 0 && slices.Equal(notes[last].Pitches, e.note.Pitches) {
				notes[last].Length += e.note.Length
			} else {
				notes = append(notes, e.note)
			}
			tied = e.tied
		case repeatBegin:
			again(i + 1)
			begun = true
		case sectionEnd:
			if ended || !begun && pass == 1 {
				again(i + 1)
			}
		case repeatEnd:
			if pass < t.passes(start) {
				i, pass, ended = start-1, pass+1, false
			} else {
				again(i + 1)
			}
		case ending:
			if ended = slices.Contains(e.endings, pass); !ended {
				i = t.next(i, pass)
				ended = i < len(t.events) && t.events[i].kind == ending
			}
		}
	}
	return notes
}

// mostPasses is how often a section is played at most.
const mostPasses = 16

// passes returns how often the section that begins at start is played: as often
// as the highest number of its endings says, else twice.
func (t *Tune) passes(start int) int {
	passes := 2
	for i := start; i < len(t.events); i++ {
		switch e := t.events[i]; e.kind {
		case repeatBegin:
			return passes
		case ending:
			passes = max(passes, min(slices.Max(e.endings), mostPasses))
		case repeatEnd:
			if i+1 == len(t.events) || t.events[i+1].kind != ending {
				return passes
			}
		}
	}
	return passes
}

// next returns the event at which a pass goes on that the ending at i leaves
// out: the next ending with its number, else the end of this one.
func (t *Tune) next(i, pass int) int {
	end := len(t.events)
	for k := i + 1; k < len(t.events); k++ {
		switch e := t.events[k]; {
		case e.kind == ending && slices.Contains(e.endings, pass):
			return k
		case e.kind == repeatBegin:
			return min(end, k-1)
		case (e.kind == sectionEnd || e.kind == repeatEnd) && end == len(t.events):
			end = k
		}
	}
	return end
}
