package words

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/zoo/decode"
)

// openForUse opens a language model without its text.
func openForUse(ctx context.Context, a *run.App, r *run.Run) (*lm, error) {
	if !r.InFolder() { // weights alone do not say which words they know
		m, err := openLM(ctx, a, r.Settings, run.OpenOptions{})
		if err != nil {
			return nil, err
		}
		return m, r.Load(m)
	}
	var about spoken
	if err := r.Describe(&about); err != nil {
		return nil, err
	}
	if err := about.check(r.Path); err != nil {
		return nil, err
	}
	m, err := newLM(r.Settings, about, nil, nil)
	if err != nil {
		return nil, err
	}
	return m, r.Load(m)
}

// predictSentences says how probable sentences are: of files each line is one.
func predictSentences(ctx context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
	given, err := f.GetString("text")
	if err != nil {
		return err
	}
	var sentences []string
	if f.Changed("text") {
		sentences = append(sentences, given)
	}
	in := text.Reader{Tell: run.Notes(a.Err)}
	for _, path := range args {
		read := func(line string) error {
			if strings.TrimSpace(line) != "" {
				sentences = append(sentences, line)
			}
			return nil
		}
		if path == "-" {
			err = in.Scan("standard input", a.In, read)
		} else {
			err = in.Lines(path, read)
		}
		if err != nil {
			return err
		}
	}
	m, err := openForUse(ctx, a, r)
	if err != nil {
		return err
	}
	defer m.Close()
	for _, s := range sentences {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.predict(a, s); err != nil {
			return err
		}
	}
	return nil
}

// predict says how probable a sentence is, by log P(y) = Σ_t log P(y<t> | …) with
// the mark of its end.
func (m *lm) predict(a *run.App, sentence string) error {
	words, tokens, err := m.read(sentence)
	if err != nil {
		return err
	}
	mean, err := m.task.Evaluate(append(tokens, 1))
	if err != nil {
		return err
	}
	n := float64(len(tokens)) // the words and the end
	var unknown []string
	for i, t := range tokens[1:] {
		if t == 0 {
			unknown = append(unknown, words[i])
		}
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"text": sentence, "log_prob": -mean * n, "perplexity": math.Exp(mean), "words": len(words), "unknown": unknown})
	}
	fmt.Fprintf(a.Out, "log P %8.2f  perplexity %8.1f  %s\n", -mean*n, math.Exp(mean), sentence)
	if len(unknown) > 0 {
		fmt.Fprintf(a.Out, "  read as unknown: %s\n", strings.Join(unknown, ", "))
	}
	return nil
}

// read cuts a text into the words of the model's kind, and returns their ids
// behind the end of a sentence.
func (m *lm) read(s string) (words []string, tokens []int, err error) {
	words = strings.Fields(s)
	if m.settings.Data == "text" {
		keep, err := m.settings.Bool("case", false)
		if err != nil {
			return nil, nil, err
		}
		s = text.NFC(text.FromLatin1(s))
		if !keep {
			s = text.Lower(s)
		}
		words = text.Words(s)
	}
	return words, append([]int{1}, ids(m.about.tokens(), words)[0]...), nil
}

// generateFlags declares the area's flags of generate.
func generateFlags(f *pflag.FlagSet) {
	f.String("text", "", "what it begins with")
	f.Int("length", 0, "the most tokens that are made (0: the model's usual)")
	f.Int("count", 1, "how many are made")
	f.Float64("temperature", 0, "below 1 the likely becomes likelier (default: lm 1, charlm 0.8, music 0.6 with --top-p 0.9)")
	f.Int("top-k", 0, "draw among so many likeliest (0: all)")
	f.Float64("top-p", 0, "draw among the likeliest that together have this probability (0: all)")
	f.Uint64("seed", 1, "decides every random number")
}

// wanted is what the flags of generate ask for.
type wanted struct {
	text          string
	length, count int
	sample        decode.SampleOptions
}

func wantedFrom(f *pflag.FlagSet) (w wanted, err error) {
	get := func(read func() error) {
		if err == nil {
			err = read()
		}
	}
	get(func() (err error) { w.text, err = f.GetString("text"); return })
	get(func() (err error) { w.length, err = f.GetInt("length"); return })
	get(func() (err error) { w.count, err = f.GetInt("count"); return })
	get(func() (err error) { w.sample.Temperature, err = f.GetFloat64("temperature"); return })
	get(func() (err error) { w.sample.TopK, err = f.GetInt("top-k"); return })
	get(func() (err error) { w.sample.TopP, err = f.GetFloat64("top-p"); return })
	get(func() (err error) { w.sample.Seed, err = f.GetUint64("seed"); return })
	if err != nil {
		return w, err
	}
	if !f.Changed("temperature") {
		w.sample.Temperature = 1
	}
	switch o := w.sample; {
	case w.length < 0 || w.count < 1:
		return w, run.Usagef("--length %d, --count %d: expected at least 0, 1", w.length, w.count)
	case !(o.Temperature > 0) || math.IsInf(o.Temperature, 0):
		return w, run.Usagef("--temperature %g: expected a positive number", o.Temperature)
	case o.TopK < 0 || !(o.TopP >= 0 && o.TopP <= 1):
		return w, run.Usagef("--top-k %d, --top-p %g: expected at least 0, in [0, 1]", o.TopK, o.TopP)
	}
	if w.length == 0 {
		w.length = 40
	}
	return w, nil
}

// generateSentences goes on with a text until the sentence ends.
func generateSentences(ctx context.Context, a *run.App, r *run.Run, f *pflag.FlagSet) error {
	w, err := wantedFrom(f)
	if err != nil {
		return err
	}
	m, err := openForUse(ctx, a, r)
	if err != nil {
		return err
	}
	defer m.Close()
	_, begin, err := m.read(w.text)
	if err != nil {
		return err
	}
	tokens := m.about.tokens()
	for i := range w.count {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := m.task.Continue(begin)
		if err != nil {
			return err
		}
		o := w.sample
		o.Seed += uint64(i)
		found, err := decode.Sample(known{c}, []decode.Sentence{{Start: begin[len(begin)-1], End: 1, MaxLen: w.length}}, o)
		if err != nil {
			return err
		}
		words := strings.Fields(w.text)
		for _, t := range found[0].Text() {
			words = append(words, tokens[t])
		}
		if a.JSON {
			err = a.PrintJSON(map[string]any{"text": strings.Join(words, " "), "log_prob": found[0].LogProb, "ended": found[0].Ended})
		} else {
			_, err = fmt.Fprintln(a.Out, strings.Join(words, " "))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// known is a model that never says the word that stands for unknown ones.
type known struct{ decode.Model }

// Step makes a step of the model.
func (k known) Step(t int, rows []decode.Row, logp []float64) error {
	if err := k.Model.Step(t, rows, logp); err != nil {
		return err
	}
	for i := 0; i < len(logp); i += k.Words() {
		logp[i] = math.Inf(-1)
	}
	return nil
}
