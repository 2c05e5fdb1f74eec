package phrases

import (
	"math/rand/v2"
	"strings"
)

// writer adds words to a sentence.
type writer struct {
	r *rand.Rand
	s Sentence
}

// say adds words by a template of word/POS, separated by spaces.
func (w *writer) say(template string) {
	for _, field := range strings.Fields(template) {
		at := strings.LastIndexByte(field, '/')
		w.add(field[:at], field[at+1:], "O")
	}
}

func (w *writer) add(word, pos, entity string) {
	w.s.Words = append(w.s.Words, word)
	w.s.POS = append(w.s.POS, pos)
	w.s.Entities = append(w.s.Entities, entity)
}

// one adds one of the words with a part of speech.
func (w *writer) one(words []string, pos string) { w.add(w.pick(words), pos, "O") }

func (w *writer) pick(words []string) string { return words[w.r.IntN(len(words))] }

// chance is true once in n.
func (w *writer) chance(n int) bool { return w.r.IntN(n) == 0 }

// upper makes the first word begin with a capital.
func (w *writer) upper() {
	first := w.s.Words[0]
	w.s.Words[0] = strings.ToUpper(first[:1]) + first[1:]
}

// sentence is a fact, then an opinion; or two opinions of which the second decides.
func (w *writer) sentence() {
	w.s.Sentiment = w.r.IntN(2)
	positive := w.s.Sentiment == 1
	switch w.r.IntN(4) {
	case 0:
		w.opinion(positive)
	case 1:
		w.opinion(!positive)
		w.say(",/PUNCT but/CCONJ")
		w.opinion(positive)
	default:
		w.fact()
		w.say("and/CCONJ")
		w.opinion(positive)
	}
	w.upper()
	if w.chance(8) {
		w.say("!/PUNCT")
	} else {
		w.say("./PUNCT")
	}
}

// opinion is a clause of one sentiment: said plainly, or by the negation of its opposite.
func (w *writer) opinion(positive bool) {
	negated := w.chance(3)
	if w.chance(3) {
		w.feeling(positive != negated, negated)
		return
	}
	w.about()
	w.say("was/AUX")
	if negated {
		w.say([]string{"not/PART", "n't/PART", "never/ADV", "hardly/ADV"}[w.r.IntN(4)])
	}
	if w.chance(3) {
		w.one([]string{"very", "really", "rather", "quite"}, "ADV")
	}
	words := blame()
	if positive != negated {
		words = praise()
	}
	w.one(words, "ADJ")
	if w.chance(2) { // praise keeps company with praise, which word vectors can tell
		w.say(",/PUNCT")
		w.one(words, "ADJ")
	}
}

// about is what an opinion is about.
func (w *writer) about() {
	w.say("the/DET")
	switch w.r.IntN(4) {
	case 0:
		w.one(foods(), "NOUN")
	case 1:
		w.one(things(), "NOUN")
		w.say("in/ADP")
		w.place()
	default:
		w.one(things(), "NOUN")
	}
}

// feeling is a clause with a verb of liking.
func (w *writer) feeling(likes, negated bool) {
	w.person()
	if negated {
		w.say("never/ADV")
	}
	verbs := disliked()
	if likes {
		verbs = liked()
	}
	w.one(verbs, "VERB")
	w.about()
}

// person is a name, a role, a pronoun.
func (w *writer) person() {
	switch w.r.IntN(4) {
	case 0:
		w.one([]string{"we", "I", "she", "he", "they"}, "PRON")
	case 1:
		w.say("the/DET")
		w.one(roles(), "NOUN")
	default:
		w.name()
	}
}

// name is a person's: the first name, with the last, or one that may be a place's.
func (w *writer) name() {
	if w.chance(6) {
		w.add(w.pick(shifting()), "PROPN", "B-PER")
	} else {
		w.add(w.pick(firstNames()), "PROPN", "B-PER")
	}
	if w.chance(3) {
		w.add(w.pick(surnames()), "PROPN", "I-PER")
	}
}

// place is the name of one, of one word or two.
func (w *writer) place() {
	switch w.r.IntN(8) {
	case 0:
		w.add(w.pick(shifting()), "PROPN", "B-LOC")
	case 1:
		w.add(w.pick([]string{"New", "Old"}), "PROPN", "B-LOC")
		w.add(w.pick(cities()), "PROPN", "I-LOC")
	default:
		w.add(w.pick(cities()), "PROPN", "B-LOC")
	}
}

// company is the name of an organisation; one that contains a city is still one.
func (w *writer) company() {
	switch w.r.IntN(4) {
	case 0:
		w.add(w.pick(companies()), "PROPN", "B-ORG")
		w.add(w.pick(forms()), "PROPN", "I-ORG")
	case 1:
		w.add(w.pick(cities()), "PROPN", "B-ORG")
		w.add(w.pick(forms()), "PROPN", "I-ORG")
	default:
		w.add(w.pick(companies()), "PROPN", "B-ORG")
	}
}

// fact is a clause without sentiment that shows what sort of word its words are.
func (w *writer) fact() {
	facts := []func(){w.animal, w.meal, w.ride, w.music, w.clothing, w.house, w.journey, w.business, w.habit}
	facts[w.r.IntN(len(facts))]()
}

func (w *writer) animal() {
	w.person()
	w.one([]string{"fed", "stroked", "chased"}, "VERB")
	w.coloured(animals())
	if w.chance(2) {
		w.say("in/ADP the/DET")
		w.one([]string{"barn", "grass"}, "NOUN")
	}
}

// coloured is "the dog", at times "the black dog".
func (w *writer) coloured(nouns []string) {
	w.say("the/DET")
	if w.chance(3) {
		w.one(colours(), "ADJ")
	}
	w.one(nouns, "NOUN")
}

func (w *writer) meal() {
	w.person()
	w.one([]string{"ate", "cooked", "ordered"}, "VERB")
	if w.chance(2) {
		w.say("a/DET plate/NOUN of/ADP")
	} else {
		w.say("the/DET")
	}
	w.one(foods(), "NOUN")
	w.when()
}

func (w *writer) ride() {
	w.person()
	w.one([]string{"parked", "drove", "repaired"}, "VERB")
	w.coloured(vehicles())
	w.say("in/ADP")
	if w.chance(2) {
		w.say("the/DET street/NOUN")
	} else {
		w.place()
	}
}

func (w *writer) music() {
	w.person()
	if w.chance(2) {
		w.one([]string{"practised", "tuned"}, "VERB")
		w.say("the/DET")
		w.one(instruments(), "NOUN")
		w.duration()
		return
	}
	w.say("practised/VERB a/DET song/NOUN on/ADP the/DET")
	w.one(instruments(), "NOUN")
}

func (w *writer) duration() {
	w.say("for/ADP")
	w.one(numbers(), "NUM")
	w.one([]string{"hours", "weeks"}, "NOUN")
}

func (w *writer) clothing() {
	w.person()
	w.one([]string{"wore", "ironed", "bought"}, "VERB")
	w.say("a/DET")
	w.one(colours(), "ADJ")
	w.one(clothes(), "NOUN")
	w.when()
}

func (w *writer) house() {
	w.person()
	w.one([]string{"cleaned", "painted", "tidied"}, "VERB")
	w.say("the/DET")
	w.one(rooms(), "NOUN")
	w.when()
}

// when is "on Monday" half of the time.
func (w *writer) when() {
	if w.chance(2) {
		w.say("on/ADP")
		w.one(days(), "PROPN")
	}
}

func (w *writer) journey() {
	w.person()
	switch w.r.IntN(3) {
	case 0:
		w.say("visited/VERB")
		w.place()
		w.say("with/ADP")
		w.name()
	case 1:
		w.say("flew/VERB from/ADP")
		w.place()
		w.say("to/ADP")
		w.place()
		w.when()
	default:
		w.say("waited/VERB near/ADP")
		w.place()
		w.duration()
	}
}

func (w *writer) business() {
	switch w.r.IntN(3) {
	case 0:
		w.company()
		w.say("hired/VERB")
		w.one(numbers(), "NUM")
		w.say("people/NOUN from/ADP")
		w.place()
	case 1:
		w.person()
		w.say("joined/VERB")
		w.company()
		w.when()
	default:
		w.company()
		w.say("sold/VERB its/PRON offices/NOUN in/ADP")
		w.place()
	}
}

// habit has words that are noun here, verb there.
func (w *writer) habit() {
	ambiguous := []string{"walk", "cook", "play", "work", "sleep", "watch"}
	switch w.r.IntN(3) {
	case 0:
		w.say("the/DET")
		w.one(ambiguous, "NOUN")
		w.say("near/ADP")
		w.place()
		w.when()
	case 1:
		w.say("we/PRON")
		w.one(ambiguous, "VERB")
		w.say("with/ADP")
		w.name()
		w.when()
	default:
		w.say("they/PRON")
		w.one(ambiguous, "VERB")
		w.say("every/DET")
		w.one(days(), "PROPN")
	}
}
