package abc

import (
	"strings"

	"github.com/pkg/errors"
)

// setKey reads a key: G, Bb, F#m, Ddor, A mixolydian, HP, none; what else the
// field says, such as a clef, does not change the sound.
func (p *parser) setKey(value string) error {
	name, _, _ := strings.Cut(value, " ")
	words := strings.Fields(value)
	sharps, minor := 0, false
	switch {
	case name == "" || name == "none" || strings.Contains(name, "="):
	case name == "HP" || name == "Hp":
		sharps = 2
	default:
		at := strings.IndexByte("FCGDAEB", name[0])
		if at < 0 {
			return errors.Errorf("key %q, expected one such as G, Bb, F#m", value)
		}
		sharps = at - 1
		rest := name[1:]
		if after, ok := strings.CutPrefix(rest, "#"); ok {
			sharps, rest = sharps+7, after
		} else if after, ok := strings.CutPrefix(rest, "b"); ok {
			sharps, rest = sharps-7, after
		}
		if rest == "" && len(words) > 1 && !strings.Contains(words[1], "=") {
			rest = words[1]
		}
		by, ok := modes()[strings.ToLower(rest[:min(3, len(rest))])]
		if !ok {
			return errors.Errorf("key %q: %q is no mode, expected one such as m, dor, mix", value, rest)
		}
		sharps, minor = sharps+by, by == -3
	}
	if sharps < -7 || sharps > 7 {
		return errors.Errorf("key %q has %d accidentals, expected at most 7", value, max(sharps, -sharps))
	}
	p.key = [7]int{}
	for i := range sharps {
		p.key[[7]int{3, 0, 4, 1, 5, 2, 6}[i]] = 1 // F C G D A E B
	}
	for i := range -sharps {
		p.key[[7]int{6, 2, 5, 1, 4, 0, 3}[i]] = -1
	}
	p.marks = nil
	if !p.body {
		p.tune.Key, p.tune.sharps, p.tune.minor, p.body = value, sharps, minor, true
	}
	return nil
}

// modes returns by how many sharps each differs from major.
func modes() map[string]int {
	return map[string]int{
		"": 0, "maj": 0, "ion": 0, "m": -3, "min": -3, "aeo": -3,
		"mix": -1, "dor": -2, "phr": -4, "lyd": 1, "loc": -5,
	}
}
