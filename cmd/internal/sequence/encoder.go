package sequence

import (
	"strings"
	"unicode"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/solvers/train"
)

// The ids of the special tokens of every vocabulary here.
const (
	padID     = 0
	unknownID = 1
)

// wordCharacters is how many characters of a word a tagger reads.
const wordCharacters = 20

// encoder turns sentences into numbers; it is what a checkpoint says of a model
// of labels.
type encoder struct {
	Words      []string `json:"words"`
	Characters []string `json:"characters,omitempty"` // none where the model reads no characters
	Classes    []string `json:"classes"`

	words, characters *text.Vocabulary
	classes           map[string]int
	longest           int // of the words' syllables
}

// newEncoder makes the vocabularies of the training part: words that occur at
// least least times, in lower case.
func newEncoder(list []sentence, least int, withCharacters bool) (*encoder, error) {
	words, characters := text.Counts{}, text.Counts{}
	for _, x := range list {
		for _, w := range x.tokens {
			words[text.Lower(w)]++
			if withCharacters {
				characters.Add(text.Characters(w))
			}
		}
	}
	specials := []string{text.Pad, text.Unknown}
	v, err := text.NewVocabulary(words, text.VocabularyOptions{MinCount: int64(least), Specials: specials})
	if err != nil {
		return nil, err
	}
	e := &encoder{Words: v.Tokens(), Classes: labelsOf(list)}
	if withCharacters {
		c, err := text.NewVocabulary(characters, text.VocabularyOptions{Specials: specials})
		if err != nil {
			return nil, err
		}
		e.Characters = c.Tokens()
	}
	return e, e.index()
}

// index prepares an encoder of a checkpoint for use.
func (e *encoder) index() error {
	if len(e.Words) < 2 || e.Words[padID] != text.Pad || e.Words[unknownID] != text.Unknown || len(e.Classes) == 0 {
		return errors.New("the checkpoint does not say what its words and classes are")
	}
	var err error
	if e.words, err = vocabularyOf(e.Words); err != nil {
		return err
	}
	if e.characters, err = vocabularyOf(e.Characters); err != nil {
		return err
	}
	e.classes = map[string]int{}
	for i, c := range e.Classes {
		e.classes[c] = i
	}
	for _, w := range e.Words {
		e.longest = max(e.longest, 1+strings.Count(w, " "))
	}
	return nil
}

// vocabularyOf numbers tokens in their order.
func vocabularyOf(tokens []string) (*text.Vocabulary, error) {
	return text.NewVocabulary(text.Counts{}, text.VocabularyOptions{Specials: tokens})
}

// encode returns the numbers of a sentence. A label that training has not seen
// is −1, one that is not known train.NoLabel.
func (e *encoder) encode(x sentence) train.Sequence {
	var s train.Sequence
	for _, w := range x.tokens {
		s.Tokens = append(s.Tokens, e.words.ID(text.Lower(w)))
		if len(e.Characters) == 0 {
			continue
		}
		var ids []int
		for _, c := range text.Characters(w) {
			if len(ids) == wordCharacters {
				break
			}
			ids = append(ids, e.characters.ID(c))
		}
		s.Characters = append(s.Characters, ids)
	}
	for _, l := range x.labels {
		class, ok := e.classes[l]
		switch {
		case l == "":
			class = train.NoLabel
		case !ok:
			class = -1
		}
		s.Labels = append(s.Labels, class)
	}
	return s
}

func (e *encoder) encodeAll(list []sentence) []train.Sequence {
	out := make([]train.Sequence, len(list))
	for i, x := range list {
		out[i] = e.encode(x)
	}
	return out
}

// tokenise cuts a text as it is written into tokens like those of the training
// texts: punctuation and the endings of English contractions stand alone, words
// of several syllables that the vocabulary has are one token.
func (e *encoder) tokenise(s string) []string {
	var tokens []string
	for _, field := range text.Fields(clean(s)) {
		tokens = append(tokens, e.cut(field)...)
	}
	if e.longest == 1 {
		return tokens
	}
	var joined []string
	for i := 0; i < len(tokens); {
		n := min(e.longest, len(tokens)-i)
		for ; n > 1; n-- {
			if e.words.Has(text.Lower(strings.Join(tokens[i:i+n], " "))) {
				break
			}
		}
		joined = append(joined, strings.Join(tokens[i:i+n], " "))
		i += n
	}
	return joined
}

// cut splits what stands between two spaces.
func (e *encoder) cut(field string) []string {
	if e.words.Has(text.Lower(field)) {
		return []string{field}
	}
	if strings.HasPrefix(field, "@") || strings.HasPrefix(field, "#") || strings.Contains(field, "://") {
		return []string{field}
	}
	punctuation := func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
	core := strings.TrimLeftFunc(field, punctuation)
	before := text.Words(field[:len(field)-len(core)])
	trimmed := strings.TrimRightFunc(core, punctuation)
	after := text.Words(core[len(trimmed):])
	out := before
	if trimmed != "" {
		out = append(out, e.contraction(trimmed)...)
	}
	return append(out, after...)
}

// contraction splits don't into do n't, it's into it 's, as the treebanks do.
func (e *encoder) contraction(word string) []string {
	word = strings.ReplaceAll(word, "’", "'")
	lower := strings.ToLower(word)
	for _, end := range []string{"n't", "'s", "'re", "'ve", "'ll", "'d", "'m"} {
		if len(lower) > len(end) && len(lower) == len(word) && strings.HasSuffix(lower, end) {
			at := len(word) - len(end)
			return []string{word[:at], word[at:]}
		}
	}
	if e.words.Has(lower) || !strings.ContainsAny(word, "-/.,") {
		return []string{word}
	}
	parts := text.Words(word)
	for _, p := range parts {
		if !e.words.Has(text.Lower(p)) && len([]rune(p)) > 1 {
			return []string{word}
		}
	}
	return parts
}
