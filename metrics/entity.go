package metrics

import (
	"strings"

	"github.com/pkg/errors"
)

// Entity is a name in a sentence: the tokens from Start to before End, of a
// type such as person.
type Entity struct {
	Start, End int
	Type       string
}

// Entities returns the entities of the tags of a sentence in the form BIO: B-x
// begins one of type x, I-x goes on with it, O is outside. An I-x that follows
// no x begins an entity, so that the form IOB1 is read too; E-x and L-x end one,
// S-x and U-x are one.
//
// Source: the CoNLL-2000 shared task's script conlleval.
func Entities(tags []string) []Entity {
	var found []Entity
	open := false // the last of found goes on
	for i, tag := range tags {
		kind, name := splitTag(tag)
		goesOn := open && name == found[len(found)-1].Type && strings.ContainsAny(kind, "IEL")
		switch {
		case goesOn:
			found[len(found)-1].End = i + 1
		case kind == "O":
			open = false
			continue
		default:
			found = append(found, Entity{i, i + 1, name})
		}
		open = !strings.ContainsAny(kind, "ELSU")
	}
	return found
}

// splitTag splits B-person; a tag without a type is of type "".
func splitTag(tag string) (kind, name string) {
	kind, name, _ = strings.Cut(tag, "-")
	if len(kind) != 1 || !strings.Contains("BIOELSU", kind) {
		return "O", ""
	}
	return kind, name
}

// EntityScore is how many entities were found.
type EntityScore struct {
	Precision float64 // of those that were guessed, the share that is right
	Recall    float64 // of those that are there, the share that was guessed
	F1        float64 // 2·P·R/(P + R); 0 where nothing is right
	Support   int     // entities that are there
}

// EntityReport is the score over all types, and of each.
type EntityReport struct {
	EntityScore
	Types map[string]EntityScore
}

// EntityF1 compares the tags that were guessed for sentences with the true
// ones. An entity is right where its beginning, its end and its type are.
//
// Source: the CoNLL-2000 shared task's script conlleval.
func EntityF1(truth, guesses [][]string) (EntityReport, error) {
	if err := sameLength("entity F1", "sentences", len(truth), "guesses", len(guesses)); err != nil {
		return EntityReport{}, err
	}
	type count struct{ right, guessed, there int }
	var all count
	types := map[string]count{}
	add := func(name string, c count) {
		t := types[name]
		types[name] = count{t.right + c.right, t.guessed + c.guessed, t.there + c.there}
		all = count{all.right + c.right, all.guessed + c.guessed, all.there + c.there}
	}
	for i := range truth {
		if len(truth[i]) != len(guesses[i]) {
			return EntityReport{}, errors.Errorf("entity F1: sentence %d: %d tags, %d guesses", i, len(truth[i]), len(guesses[i]))
		}
		there := map[Entity]bool{}
		for _, e := range Entities(truth[i]) {
			there[e] = true
			add(e.Type, count{there: 1})
		}
		for _, e := range Entities(guesses[i]) {
			c := count{guessed: 1}
			if there[e] {
				c.right = 1
			}
			add(e.Type, c)
		}
	}
	score := func(c count) EntityScore {
		s := EntityScore{Support: c.there}
		if c.right > 0 {
			s.Precision, s.Recall = float64(c.right)/float64(c.guessed), float64(c.right)/float64(c.there)
			s.F1 = 2 * s.Precision * s.Recall / (s.Precision + s.Recall)
		}
		return s
	}
	r := EntityReport{score(all), map[string]EntityScore{}}
	for name, c := range types {
		r.Types[name] = score(c)
	}
	return r, nil
}
