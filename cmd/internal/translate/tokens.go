package translate

import (
	"encoding/json"
	"iter"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/parallel"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/solvers/train"
)

// tokens are the vocabularies of both sides; they may be one.
type tokens struct {
	Shared bool            `json:"shared"`
	Source json.RawMessage `json:"source"`
	Target json.RawMessage `json:"target,omitempty"` // where it is not that of the source
	source text.Codec
	target text.Codec
}

// specials are the tokens that no text holds.
func specials() []string { return []string{text.Pad, text.Begin, text.End, text.Unknown} }

// newTokens makes the vocabularies of pairs.
func newTokens(s run.Settings, pairs []parallel.Pair) (*tokens, error) {
	shared, err := s.Bool("shared", false)
	if err != nil {
		return nil, err
	}
	source := func(yield func(string) bool) {
		for _, p := range pairs {
			if !yield(p.Source) || shared && !yield(p.Target) {
				return
			}
		}
	}
	target := func(yield func(string) bool) {
		for _, p := range pairs {
			if !yield(p.Target) {
				return
			}
		}
	}
	t := &tokens{Shared: shared}
	if t.source, err = newCodec(s, source); err != nil {
		return nil, err
	}
	if t.target = t.source; !shared {
		if t.target, err = newCodec(s, target); err != nil {
			return nil, err
		}
		if t.Target, err = text.MarshalCodec(t.target); err != nil {
			return nil, err
		}
	}
	t.Source, err = text.MarshalCodec(t.source)
	return t, err
}

func newCodec(s run.Settings, lines iter.Seq[string]) (text.Codec, error) {
	lower, err := s.Bool("lower", false)
	if err != nil {
		return nil, err
	}
	size, err := s.Int("vocabulary", 8000, 1)
	if err != nil {
		return nil, err
	}
	if unit := s.Text("tokens", "bpe"); unit != "bpe" {
		return text.NewTokenizer(lines, text.TokenizerOptions{
			Unit: text.Unit(unit), Lower: lower, VocabularyOptions: text.VocabularyOptions{MaxSize: size, Specials: specials()},
		})
	}
	return text.TrainBPE(lines, text.BPEOptions{Size: size, Lower: lower, Specials: specials()})
}

// read takes the vocabularies from their stored form.
func (t *tokens) read(path string) error {
	if t == nil || len(t.Source) == 0 {
		return errors.Errorf("run %s: the checkpoint does not hold the vocabulary", path)
	}
	var err error
	if t.source, err = text.UnmarshalCodec(t.Source); err != nil {
		return errors.Wrapf(err, "run %s", path)
	}
	if t.target = t.source; !t.Shared {
		if t.target, err = text.UnmarshalCodec(t.Target); err != nil {
			return errors.Wrapf(err, "run %s", path)
		}
	}
	for _, c := range []text.Codec{t.source, t.target} {
		for _, s := range specials() {
			if c.Special(s) < 0 {
				return errors.Errorf("run %s: the vocabulary has no %s", path, s)
			}
		}
	}
	return nil
}

// marks returns the marks of a target.
func (t *tokens) marks() train.Marks {
	id := t.target.Special
	return train.Marks{Begin: id(text.Begin), End: id(text.End), Barred: []int{id(text.Pad), id(text.Begin)}}
}

// sourceIDs returns the tokens of a source with its end.
func (t *tokens) sourceIDs(s string) []int {
	return append(t.source.Encode(s), t.source.Special(text.End))
}

func (t *tokens) pairs(in []parallel.Pair) []train.TokenPair {
	out := make([]train.TokenPair, len(in))
	for i, p := range in {
		out[i] = train.TokenPair{Source: t.sourceIDs(p.Source), Target: t.target.Encode(p.Target)}
	}
	return out
}
