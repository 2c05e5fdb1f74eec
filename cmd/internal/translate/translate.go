package translate

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/zoo/decode"
)

// translateFlags are the flags of translate.
type translateFlags struct {
	file  string
	plot  string
	nbest int
	beam  decode.BeamOptions
}

func translateCommand(a *run.App) *cobra.Command {
	var f translateFlags
	c := &cobra.Command{
		Use:     "translate RUN [TEXT…|--file FILE|-]",
		Short:   "Translate with a trained model",
		GroupID: run.GroupUse,
		Long: `translate writes what a trained model makes of your sentences: of each TEXT, of
each line of --file, or of each line of the standard input for -.`,
		Example: `  hocsau translate last "Ein Mann schläft."
  hocsau translate runs/seq2seq-attention-1 --beam 10 --nbest 3 "Ein Mann schläft."
  hocsau translate last --file letters.txt
  hocsau translate last "ngày 4 tháng 3 năm 1999" --plot attention.png`,
		Args: run.Takes(1, math.MaxInt, "a run (or last) and the texts to translate, --file, or - for the standard input"),
		RunE: func(c *cobra.Command, args []string) error { return translate(a, args[0], args[1:], f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.file, "file", "", "file with a sentence a line, plain or compressed")
	fl.IntVar(&f.beam.Width, "beam", usualBeam, "hypotheses that the search keeps; 1 is greedy")
	fl.Float64Var(&f.beam.Alpha, "alpha", usualAlpha, "exponent of the length normalisation, usually 0.5 to 1; 0 for none")
	fl.IntVar(&f.nbest, "nbest", 1, "how many translations of each sentence to write")
	run.PNGVar(fl, &f.plot, "plot", "", "PNG file to draw the attention of the first translation into")
	return c
}

func translate(a *run.App, name string, args []string, f translateFlags) error {
	f.beam.NBest = f.nbest
	if err := checkBeam(f.beam); err != nil {
		return err
	}
	if (len(args) == 0) == (f.file == "") {
		return run.Usagef("translate: expected texts, --file FILE, or - for the standard input: one of them")
	}
	r, err := a.OpenRun(name)
	if err != nil {
		return err
	}
	if r.Settings.Model != plain && r.Settings.Model != attended {
		return run.Usagef("translate: run %s holds a %s, expected %s or %s", r.Path, r.Settings.Model, plain, attended)
	}
	if f.plot != "" && r.Settings.Model == plain {
		return run.Usagef("--plot: %s has no attention", plain)
	}
	sentences, err := readSentences(a, args, f.file)
	if err != nil {
		return err
	}
	return write(a, r, sentences, f)
}

// predictFlags declares the area's flags of predict.
func predictFlags(f *pflag.FlagSet) {
	f.String("text", "", "text to read instead of files")
}

// predict translates --text and the lines of files, or of the standard input for
// -.
func predict(_ context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
	var sentences []string
	if f.Changed("text") {
		s, err := f.GetString("text")
		if err != nil {
			return err
		}
		sentences = append(sentences, s)
	}
	for _, path := range args {
		in, file := []string{path}, ""
		if path != "-" {
			in, file = nil, path
		}
		lines, err := readSentences(a, in, file)
		if err != nil {
			return err
		}
		sentences = append(sentences, lines...)
	}
	return write(a, r, sentences, translateFlags{nbest: 1, beam: decode.BeamOptions{Width: usualBeam, Alpha: usualAlpha, NBest: 1}})
}

// write translates sentences and prints what comes out.
func write(a *run.App, r *run.Run, sentences []string, f translateFlags) error {
	if !r.InFolder() {
		return run.Usagef("%s: its vocabulary is in the folder of its run; name the run instead of --weights", r.Settings.Model)
	}
	j := &job{settings: r.Settings}
	var err error
	if j.tokens, err = storedTokens(r.About, r.Path); err != nil {
		return err
	}
	if err := j.makeTask(false); err != nil {
		return err
	}
	defer j.Close()
	if err := r.Load(j); err != nil {
		return err
	}
	sources := make([][]int, len(sentences))
	for i, s := range sentences {
		sources[i] = j.tokens.sourceIDs(s)
	}
	found, err := j.task.Translator().Translate(sources, f.beam)
	if err != nil {
		return err
	}
	for i, s := range sentences {
		if err := j.print(a, s, found[i], f); err != nil {
			return err
		}
	}
	if f.plot == "" {
		return nil
	}
	return j.drawAttention(a, sources[0], found[0], f.plot)
}

// readSentences returns what is to be translated, a line each; an empty line has
// an empty translation.
func readSentences(a *run.App, args []string, file string) ([]string, error) {
	r := text.Reader{Tell: run.Notes(a.Err)}
	if file != "" {
		return r.ReadLines(file)
	}
	var all []string
	for _, arg := range args {
		var in io.Reader = strings.NewReader(arg)
		if arg == "-" {
			if in = a.In; in == nil {
				in = os.Stdin
			}
		}
		n := len(all)
		if err := r.Scan("standard input", in, func(line string) error {
			all = append(all, line)
			return nil
		}); err != nil {
			return nil, errors.Wrap(err, "read texts")
		}
		if len(all) == n && arg != "-" {
			all = append(all, "")
		}
	}
	if len(all) == 0 {
		return nil, errors.New("translate: the standard input holds no text")
	}
	return all, nil
}

// translation is one of the translations of a sentence.
type translation struct {
	Text    string  `json:"text"`
	LogProb float64 `json:"log_prob"`
	Score   float64 `json:"score"` // normalised by the length
}

// print writes the translations of a sentence.
func (j *job) print(a *run.App, sentence string, found []decode.Hypothesis, f translateFlags) error {
	var all []translation
	for _, h := range found {
		words, err := j.tokens.target.Decode(h.Text())
		if err != nil {
			return err
		}
		all = append(all, translation{words, h.LogProb, h.Objective})
	}
	if strings.TrimSpace(sentence) == "" { // nothing means nothing
		all = []translation{{}}
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"source": sentence, "translations": all})
	}
	for _, t := range all {
		if f.nbest == 1 {
			fmt.Fprintln(a.Out, t.Text)
		} else {
			fmt.Fprintf(a.Out, "%8.3f  %s\n", t.Score, t.Text)
		}
	}
	return nil
}

// drawAttention draws which words of the source those of a translation attend
// to.
func (j *job) drawAttention(a *run.App, source []int, found []decode.Hypothesis, path string) error {
	if len(found) == 0 {
		return errors.New("draw attention: there is no translation")
	}
	alpha, err := j.task.Translator().Attention(source, found[0].Words)
	if err != nil {
		return err
	}
	name := func(c text.Codec, ids []int) []string {
		list := make([]string, len(ids))
		for i, id := range ids {
			list[i] = c.Token(id)
		}
		return list
	}
	img, err := plot.AttentionMap("", alpha, name(j.tokens.source, source), name(j.tokens.target, found[0].Words))
	if err != nil {
		return err
	}
	if err := plot.WritePNG(path, img); err != nil {
		return err
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "drawn: %s\n", path)
	}
	return nil
}
