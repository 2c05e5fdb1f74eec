package text

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// Usual special tokens.
const (
	Pad     = "<pad>" // fills short sequences up
	Unknown = "<unk>" // stands for what the vocabulary lacks
	Begin   = "<s>"
	End     = "</s>"
)

// Counts holds how often each token occurs.
type Counts map[string]int64

// Add counts the tokens in.
func (c Counts) Add(tokens []string) {
	for _, t := range tokens {
		c[t]++
	}
}

// VocabularyOptions says which tokens a vocabulary takes.
type VocabularyOptions struct {
	MinCount int64    // tokens that occur less often are left out; 0 means 1
	MaxSize  int      // the largest number of tokens, specials included; 0 means all
	Specials []string // first tokens, ids 0, 1, …, whatever their count
}

// Vocabulary numbers tokens from 0. It is safe for use by several goroutines.
type Vocabulary struct {
	tokens  []string
	counts  []int64
	ids     map[string]int
	unknown int // −1 where Unknown is no token
}

// NewVocabulary orders tokens: first the specials, then by falling count, equal ones by their bytes. Where
// Unknown is a token, it takes the count of all that were left out.
func NewVocabulary(counts Counts, o VocabularyOptions) (*Vocabulary, error) {
	v := &Vocabulary{ids: map[string]int{}}
	for _, s := range o.Specials {
		if err := v.add(s, counts[s]); err != nil {
			return nil, errors.Wrap(err, "vocabulary: special token")
		}
	}
	if o.MaxSize > 0 && len(v.tokens) > o.MaxSize {
		return nil, errors.Errorf("vocabulary: %d special tokens, at most %d tokens", len(v.tokens), o.MaxSize)
	}
	type entry struct {
		token string
		count int64
	}
	var rest []entry
	dropped := int64(0)
	for t, n := range counts {
		switch _, special := v.ids[t]; {
		case special:
		case n < max(o.MinCount, 1):
			dropped += n
		default:
			rest = append(rest, entry{t, n})
		}
	}
	slices.SortFunc(rest, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.token, b.token))
	})
	for _, e := range rest {
		if o.MaxSize > 0 && len(v.tokens) == o.MaxSize {
			dropped += e.count
			continue
		}
		if err := v.add(e.token, e.count); err != nil {
			return nil, errors.Wrap(err, "vocabulary")
		}
	}
	v.finish()
	if v.unknown >= 0 {
		v.counts[v.unknown] += dropped
	}
	return v, nil
}

func (v *Vocabulary) add(token string, count int64) error {
	if _, twice := v.ids[token]; twice {
		return errors.Errorf("token %q occurs twice", token)
	}
	if token == "" {
		return errors.New("a token is empty")
	}
	v.ids[token] = len(v.tokens)
	v.tokens = append(v.tokens, token)
	v.counts = append(v.counts, count)
	return nil
}

func (v *Vocabulary) finish() {
	v.unknown = -1
	if id, ok := v.ids[Unknown]; ok {
		v.unknown = id
	}
}

// Len returns the number of tokens.
func (v *Vocabulary) Len() int { return len(v.tokens) }

// Tokens returns all tokens in the order of their ids. The caller must not change them.
func (v *Vocabulary) Tokens() []string { return v.tokens }

// Counts returns how often each token occurred when the vocabulary was made. The caller must not change them.
func (v *Vocabulary) Counts() []int64 { return v.counts }

// Has tells whether the token has an id of its own.
func (v *Vocabulary) Has(token string) bool {
	_, ok := v.ids[token]
	return ok
}

// ID returns the id of the token, that of Unknown where it has none, −1 where there is no Unknown either.
func (v *Vocabulary) ID(token string) int {
	if id, ok := v.ids[token]; ok {
		return id
	}
	return v.unknown
}

// OneHot returns o_w of the token w, a list of zeros as long as the vocabulary
// with a 1 at w's id. A token without an id, where there is no Unknown, is an
// error.
//
// Source: cheatsheet §2.3.
func (v *Vocabulary) OneHot(token string) ([]float64, error) {
	id := v.ID(token)
	if id < 0 {
		return nil, errors.Errorf("one-hot vector of %q: not among the %d tokens of the vocabulary", token, len(v.tokens))
	}
	o := make([]float64, len(v.tokens))
	o[id] = 1
	return o, nil
}

// Token returns the token of an id, Unknown for a number that is no id.
func (v *Vocabulary) Token(id int) string {
	if id < 0 || id >= len(v.tokens) {
		return Unknown
	}
	return v.tokens[id]
}

// Encode returns the ids of the tokens. A token without id is an error where there is no Unknown.
func (v *Vocabulary) Encode(tokens []string) ([]int, error) {
	ids := make([]int, len(tokens))
	for i, t := range tokens {
		if ids[i] = v.ID(t); ids[i] < 0 {
			return nil, errors.Errorf("encode: token %d, %q, is not in the vocabulary of %d", i, t, v.Len())
		}
	}
	return ids, nil
}

// Decode returns the tokens of the ids.
func (v *Vocabulary) Decode(ids []int) ([]string, error) {
	tokens := make([]string, len(ids))
	for i, id := range ids {
		if id < 0 || id >= len(v.tokens) {
			return nil, errors.Errorf("decode: id %d at place %d, expected 0 to %d", id, i, len(v.tokens)-1)
		}
		tokens[i] = v.tokens[id]
	}
	return tokens, nil
}

const vocabularyHeader = "hocsau vocabulary 1"

// Write writes the vocabulary as lines "count token"; a token with white space, quotes or bytes that are no
// text is quoted as in Go.
func (v *Vocabulary) Write(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(vocabularyHeader + "\n")
	for i, t := range v.tokens {
		b.WriteString(strconv.FormatInt(v.counts[i], 10) + " " + quoteToken(t) + "\n")
	}
	_, err := b.WriteTo(w)
	return errors.Wrap(err, "write vocabulary")
}

// ReadVocabulary reads what Write wrote.
func ReadVocabulary(r io.Reader) (*Vocabulary, error) {
	v := &Vocabulary{ids: map[string]int{}}
	n := 0
	err := scanPlain(r, func(line string) error {
		n++
		line = strings.TrimSuffix(line, "\r")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
			if line != vocabularyHeader {
				return errors.Errorf("line 1: found %.40q, expected %q", line, vocabularyHeader)
			}
			return nil
		}
		number, token, ok := strings.Cut(line, " ")
		count, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || count < 0 {
			return errors.Errorf("line %d: found %.40q, expected a count, a space, a token", n, line)
		}
		if token, err = unquoteToken(token); err != nil {
			return errors.Wrapf(err, "line %d", n)
		}
		return errors.Wrapf(v.add(token, count), "line %d", n)
	})
	if err == nil && n == 0 {
		err = errors.New("empty file")
	}
	if err != nil {
		return nil, errors.Wrap(err, "read vocabulary")
	}
	v.finish()
	return v, nil
}

// Save writes the vocabulary to a file; an old file is replaced only when the new one is whole.
func (v *Vocabulary) Save(path string) error {
	return errors.Wrapf(replaceFile(path, v.Write), "save %s", path)
}

// LoadVocabulary reads a file that Save wrote.
func LoadVocabulary(path string) (*Vocabulary, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrapf(withoutPath(err), "load vocabulary %s", path)
	}
	defer func() { _ = f.Close() }() // only read
	v, err := ReadVocabulary(f)
	return v, errors.Wrapf(err, "load %s", path)
}

func quoteToken(t string) string {
	plain := utf8.ValidString(t) && !strings.ContainsFunc(t, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) || r == '"' })
	if plain {
		return t
	}
	return strconv.Quote(t)
}

func unquoteToken(t string) (string, error) {
	if !strings.HasPrefix(t, `"`) {
		return t, nil
	}
	u, err := strconv.Unquote(t)
	return u, errors.Wrapf(err, "token %.40s", t)
}

// replaceFile writes to a file beside path, then puts it in its place.
func replaceFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return withoutPath(err)
	}
	err = write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
	}
	return withoutPath(err)
}

func withoutPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
