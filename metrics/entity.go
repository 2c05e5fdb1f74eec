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
// M-x goes on, S-x, U-x and W-x are one. A tag without such a letter is a type,
// and a run of it one entity (plain tags). Small letters are read as capitals:
// b-per is B-PER; types are returned as the first tag has them.
//
// Source: the CoNLL-2000 shared task's script conlleval; for plain tags and
// small letters chakki-works/seqeval, to which they are given as I- and in
// capitals.
func Entities(tags []string) []Entity {
	var found []Entity
	open := false // the last of found goes on
	for i, tag := range tags {
		kind, name := splitTag(tag)
		goesOn := open && strings.EqualFold(name, found[len(found)-1].Type) && strings.ContainsAny(kind, "IELM")
		switch {
		case goesOn:
			found[len(found)-1].End = i + 1
		case kind == "O":
			open = false
			continue
		default:
			found = append(found, Entity{i, i + 1, name})
		}
		open = !strings.ContainsAny(kind, "ELSUW")
	}
	return found
}

// splitTag splits B-person; a tag that is a letter alone is of type "", one
// without such a letter goes on with its type.
func splitTag(tag string) (kind, name string) {
	if OutsideTag(tag) {
		return "O", ""
	}
	kind, name = tag, ""
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		kind, name = tag[:i], tag[i+1:]
	}
	if kind = strings.ToUpper(kind); len(kind) != 1 || !strings.Contains("BIELSUMW", kind) {
		return "I", tag
	}
	return kind, name
}

// OutsideTag reports whether a tag says that a token belongs to no entity.
func OutsideTag(tag string) bool { return tag == "" || tag == "O" || tag == "o" || tag == "_" }

// CheckEntityTags returns an error for tags of which none is outside or that
// are of no form that [Entities] reads, such as the brackets of CoNLL-2012, or
// x-B for B-x.
func CheckEntityTags(tags []string) error {
	outside, ends := false, map[string]string{}
	for _, t := range tags {
		outside = outside || OutsideTag(t)
		if strings.ContainsAny(t, "()*") {
			return errors.Errorf("the tag %.40q: a form with brackets, expected O, B-x and I-x", t)
		}
		if i := strings.LastIndexAny(t, "-_"); i > 1 && (t[i+1:] == "B" || t[i+1:] == "I") {
			if end, ok := ends[t[:i]]; ok && end != t[i+1:] {
				return errors.Errorf("the tags %.40q and %.40q: expected B-%s and I-%s", t[:i+1]+"B", t[:i+1]+"I", t[:i], t[:i])
			}
			ends[t[:i]] = t[i+1:]
		}
	}
	if !outside {
		return errors.Errorf("the tags %.200q: none says that a word is no name, expected O among them, and B-x and I-x or x", tags)
	}
	return nil
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
	spelled := map[string]string{} // of types in small letters, as they are met first
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
		entities := func(tags []string) []Entity {
			list := Entities(tags)
			for k, e := range list {
				low := strings.ToLower(e.Type)
				if _, ok := spelled[low]; !ok {
					spelled[low] = e.Type
				}
				list[k].Type = spelled[low]
			}
			return list
		}
		for _, e := range entities(truth[i]) {
			there[e] = true
			add(e.Type, count{there: 1})
		}
		for _, e := range entities(guesses[i]) {
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
