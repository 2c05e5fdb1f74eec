package text

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"

	"github.com/pkg/errors"
)

// Codec turns sentences into numbers of tokens, and back. [BPE] and [Tokenizer]
// are codecs.
type Codec interface {
	// Len returns the number of tokens.
	Len() int
	// Encode returns the numbers of the tokens of s, no specials among them but
	// Unknown.
	Encode(s string) []int
	// Decode returns the text of tokens as it is usually written.
	Decode(ids []int) (string, error)
	// Token returns a token as it is shown.
	Token(id int) string
	// Special returns the number of a special token, −1 for another one.
	Special(token string) int
}

var (
	_ Codec = (*BPE)(nil)
	_ Codec = (*Tokenizer)(nil)
)

// Unit is what a Tokenizer takes for a token.
type Unit string

// The units.
const (
	WordUnit      Unit = "words"      // those of [Words]
	CharacterUnit Unit = "characters" // those of [Characters]
)

// Tokenizer splits text into words or characters and numbers those that its
// vocabulary holds. It is safe for use by several goroutines.
type Tokenizer struct {
	unit       Unit
	lower      bool
	vocabulary *Vocabulary
	specials   int
}

// TokenizerOptions say what a Tokenizer is like.
type TokenizerOptions struct {
	Unit  Unit
	Lower bool // read all text in lower case
	VocabularyOptions
}

// NewTokenizer makes a tokenizer of the tokens in lines; the specials must hold
// Unknown.
func NewTokenizer(lines iter.Seq[string], o TokenizerOptions) (*Tokenizer, error) {
	if o.Unit != WordUnit && o.Unit != CharacterUnit {
		return nil, errors.Errorf("tokenizer: unit %q, expected %s or %s", o.Unit, WordUnit, CharacterUnit)
	}
	t := &Tokenizer{unit: o.Unit, lower: o.Lower, specials: len(o.Specials)}
	counts := Counts{}
	for line := range lines {
		counts.Add(t.split(line))
	}
	var err error
	t.vocabulary, err = NewVocabulary(counts, o.VocabularyOptions)
	if err != nil {
		return nil, errors.Wrap(err, "tokenizer")
	}
	if t.vocabulary.unknown < 0 {
		return nil, errors.Errorf("tokenizer: no special token %s", Unknown)
	}
	return t, nil
}

func (t *Tokenizer) split(s string) []string {
	s = NFC(strings.ToValidUTF8(s, "\ufffd")) // what is no text could not be stored
	if t.lower {
		s = Lower(s)
	}
	if t.unit == CharacterUnit {
		return Characters(strings.Join(strings.Fields(s), " "))
	}
	return Words(s)
}

// Len returns the number of tokens.
func (t *Tokenizer) Len() int { return t.vocabulary.Len() }

// Encode returns the numbers of the tokens of s.
func (t *Tokenizer) Encode(s string) []int {
	tokens := t.split(s)
	ids := make([]int, len(tokens))
	for i, w := range tokens {
		if ids[i] = t.vocabulary.ID(w); ids[i] < t.specials {
			ids[i] = t.vocabulary.unknown // a text may hold a special token's letters
		}
	}
	return ids
}

// Decode returns the text of tokens; specials but Unknown are passed over.
func (t *Tokenizer) Decode(ids []int) (string, error) {
	tokens, err := t.vocabulary.Decode(ids)
	if err != nil {
		return "", err
	}
	kept := tokens[:0]
	for i, w := range tokens {
		if ids[i] >= t.specials || ids[i] == t.vocabulary.unknown {
			kept = append(kept, w)
		}
	}
	if t.unit == CharacterUnit {
		return strings.Join(kept, ""), nil
	}
	return Detokenize(kept), nil
}

// Token returns a token; Unknown for a number that is none.
func (t *Tokenizer) Token(id int) string { return t.vocabulary.Token(id) }

// Special returns the number of a special token, −1 for another one.
func (t *Tokenizer) Special(token string) int {
	if id, ok := t.vocabulary.ids[token]; ok && id < t.specials {
		return id
	}
	return -1
}

// tokenizerFile is a Tokenizer as it is stored.
type tokenizerFile struct {
	Format   string   `json:"format"`
	Unit     Unit     `json:"unit"`
	Lower    bool     `json:"lower"`
	Specials int      `json:"specials"`
	Tokens   []string `json:"tokens"`
}

const tokenizerFormat = "hocsau tokenizer 1"

// MarshalCodec returns a codec as JSON.
func MarshalCodec(c Codec) (json.RawMessage, error) {
	switch c := c.(type) {
	case *BPE:
		var b bytes.Buffer
		err := c.Write(&b)
		return b.Bytes(), err
	case *Tokenizer:
		return json.Marshal(tokenizerFile{tokenizerFormat, c.unit, c.lower, c.specials, c.vocabulary.tokens})
	}
	return nil, errors.Errorf("a codec %T is not stored", c)
}

// UnmarshalCodec reads what MarshalCodec wrote. Counts are not kept.
func UnmarshalCodec(b json.RawMessage) (Codec, error) {
	var kind struct{ Format string }
	if err := json.Unmarshal(b, &kind); err != nil {
		return nil, errors.Wrap(err, "read tokens")
	}
	if kind.Format == bpeFormat {
		return ReadBPE(bytes.NewReader(b))
	}
	var f tokenizerFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, errors.Wrap(err, "read tokens")
	}
	if f.Format != tokenizerFormat || f.Specials < 0 || f.Specials > len(f.Tokens) || f.Unit != WordUnit && f.Unit != CharacterUnit {
		return nil, errors.Errorf("read tokens: format %.40q, unit %.40q, %d specials of %d tokens", f.Format, f.Unit, f.Specials, len(f.Tokens))
	}
	v := &Vocabulary{ids: map[string]int{}}
	for _, token := range f.Tokens {
		if err := v.add(token, 0); err != nil {
			return nil, errors.Wrap(err, "read tokens")
		}
	}
	if v.finish(); v.unknown < 0 {
		return nil, errors.Errorf("read tokens: no special token %s", Unknown)
	}
	return &Tokenizer{unit: f.Unit, lower: f.Lower, specials: f.Specials, vocabulary: v}, nil
}
