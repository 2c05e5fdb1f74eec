package scales

import (
	"math/rand/v2"
	"slices"
)

// keys has those that tunes are in, with the pitch of the tonic near which they stay.
func keys() []struct {
	name  string
	tonic int
} {
	return []struct {
		name  string
		tonic int
	}{
		{"C", 60}, {"G", 67}, {"D", 62}, {"A", 69}, {"F", 65}, {"Bb", 70}, {"Eb", 63},
		{"Am", 69}, {"Em", 64}, {"Dm", 62}, {"Bm", 71}, {"Gm", 67},
	}
}

// rhythms has bars that sound like their meter, in sixteenths.
func rhythms(m Meter) [][]int {
	switch m {
	case Meter{3, 4}:
		return [][]int{{4, 4, 4}, {4, 2, 2, 4}, {8, 4}, {4, 4, 2, 2}, {6, 2, 4}, {2, 2, 2, 2, 2, 2}}
	case Meter{6, 8}:
		return [][]int{{2, 2, 2, 2, 2, 2}, {4, 2, 4, 2}, {6, 2, 2, 2}, {4, 2, 2, 2, 2}, {2, 2, 2, 4, 2}}
	case Meter{2, 4}:
		return [][]int{{2, 2, 2, 2}, {4, 2, 2}, {2, 2, 4}, {3, 1, 2, 2}, {2, 1, 1, 4}}
	}
	return [][]int{{2, 2, 2, 2, 2, 2, 2, 2}, {4, 2, 2, 4, 4}, {4, 4, 2, 2, 4}, {6, 2, 4, 4}, {4, 4, 4, 2, 2}, {8, 4, 4}}
}

// composer writes one tune. Notes are degrees of the scale, 0 for the tonic, 7 for that an octave higher.
type composer struct {
	r      *rand.Rand
	m      Meter
	themes [2][]int // the rhythms of the tune
	at     int      // the degree that the last note had
}

// compose writes sixteen bars: A A' B A', of which A stays open and A' closes on the tonic.
func compose(r *rand.Rand) Tune {
	list := keys()
	key := list[r.IntN(len(list))]
	meters := []Meter{{4, 4}, {3, 4}, {6, 8}, {2, 4}}
	c := &composer{r: r, m: meters[r.IntN(len(meters))]}
	for i := range c.themes {
		patterns := rhythms(c.m)
		c.themes[i] = patterns[r.IntN(len(patterns))]
	}
	c.at = []int{0, 2, 4}[r.IntN(3)]
	theme := [][]degree{c.bar(c.themes[0]), c.bar(c.themes[1]), c.bar(c.themes[0])}
	open := c.cadence([]int{1, 4, 6}[r.IntN(3)])
	c.at = theme[2][len(theme[2])-1].step
	closed := c.cadence([]int{0, 7}[r.IntN(2)])
	c.at = 4
	middle := [][]degree{c.bar(c.themes[1]), c.bar(c.themes[1]), c.bar(c.themes[0]), c.cadence(4)}

	bars := slices.Concat(theme, [][]degree{open}, theme, [][]degree{closed}, middle, theme, [][]degree{closed})
	t := Tune{Key: key.name, Meter: c.m}
	minor := key.name[len(key.name)-1] == 'm'
	for _, bar := range bars {
		notes := make([]Note, len(bar))
		for i, d := range bar {
			leading := minor && i+1 < len(bar) && floorMod(d.step, 7) == 6 && floorMod(bar[i+1].step, 7) == 0
			notes[i] = Note{Pitch: key.tonic + pitchOf(d.step, minor, leading), Length: d.length}
		}
		t.Bars = append(t.Bars, notes)
	}
	return t
}

// degree is a note before it has a key.
type degree struct{ step, length int }

// pitchOf returns the semitones of a degree above the tonic; a leading note of the minor scale is raised.
func pitchOf(step int, minor, leading bool) int {
	scale := [7]int{0, 2, 4, 5, 7, 9, 11}
	if minor {
		scale = [7]int{0, 2, 3, 5, 7, 8, 10}
	}
	octave := (step - floorMod(step, 7)) / 7
	p := 12*octave + scale[floorMod(step, 7)]
	if leading {
		p++
	}
	return p
}

// bar writes a run, a broken chord or a turn in a rhythm.
func (c *composer) bar(rhythm []int) []degree {
	notes := make([]degree, len(rhythm))
	step := 1
	if c.at > 5 || c.at > 0 && c.r.IntN(2) == 0 {
		step = -1
	}
	var shape []int // the way from note to note
	switch c.r.IntN(4) {
	case 0: // a broken chord on the first, the fourth or the fifth
		c.at = []int{0, 3, 4}[c.r.IntN(3)]
		shape, step = []int{2, 2, 3, -3, -2, -2}, 1
	case 1: // a turn around a note
		shape = []int{1, -1, -1, 1, 2, -1, 1}
	default:
		shape = []int{1}
	}
	for i, length := range rhythm {
		notes[i] = degree{c.at, length}
		next := c.at + step*shape[i%len(shape)]
		if next < -3 || next > 9 { // turn back within the voice
			step = -step
			next = c.at + step*shape[i%len(shape)]
		}
		c.at = min(max(next, -3), 9)
	}
	return notes
}

// cadence writes a bar that comes to rest on a degree.
func (c *composer) cadence(goal int) []degree {
	beat := c.m.Bar() / 4
	if c.m.Bar() == 12 {
		beat = 2
	}
	above := goal + 1
	if c.r.IntN(2) == 0 {
		above = goal - 1
	}
	c.at = goal
	bar := []degree{{goal + 2, beat}, {above, beat}, {goal, c.m.Bar() - 2*beat}}
	return bar
}
