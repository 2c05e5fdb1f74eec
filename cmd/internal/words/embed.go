package words

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/internal/nearest"
	"github.com/hocsau/hocsau/metrics/words"
)

// vectorsUse says what the first argument of embed is.
const vectorsUse = "a run (or last) or a file of word vectors"

// embedCommand returns embed.
func embedCommand(a *run.App) *cobra.Command {
	c := run.OnlyBelow(&cobra.Command{
		Use:     "embed",
		Short:   "Compare words by their vectors, judge the vectors, draw them",
		GroupID: run.GroupUse,
		Long: `embed compares words by their vectors: those of a run, or of a file in the format
of word2vec (text or binary), of GloVe, or safetensors, plain or packed.`,
	})
	var top int
	nearest := &cobra.Command{
		Use:     "nearest RUN|FILE WORD…",
		Short:   "Find the words with the most similar vectors",
		Example: "  hocsau embed nearest last dog\n  hocsau embed nearest glove.6B.100d.txt.gz king queen --top 5",
		Args:    run.Takes(2, math.MaxInt, vectorsUse+", then words"),
		RunE: func(c *cobra.Command, args []string) error {
			return embedNearest(c.Context(), a, args[0], args[1:], top)
		},
	}
	analogy := &cobra.Command{
		Use:     "analogy RUN|FILE A B C",
		Short:   "Answer: A is to B as C is to what?",
		Example: "  hocsau embed analogy glove.6B.100d.txt.gz man woman king",
		Args:    run.Takes(4, 4, vectorsUse+", then three words"),
		RunE: func(c *cobra.Command, args []string) error {
			return embedAnalogy(c.Context(), a, args[0], [3]string(args[1:4]), top)
		},
	}
	for _, sub := range []*cobra.Command{nearest, analogy} {
		sub.Flags().IntVar(&top, "top", 10, "how many words to show")
	}
	c.AddCommand(nearest, analogy, evalCommand(a), mapCommand(a))
	return c
}

// openTable reads the vectors of a run or of a file.
func openTable(ctx context.Context, a *run.App, name string) (*vectors.Table, *run.Run, error) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		t, err := vectors.Reader{Tell: run.Notes(a.Err)}.Open(name)
		return t, nil, err
	}
	r, err := a.OpenRun(name)
	if err != nil {
		if name != "last" {
			if _, missing := os.Stat(name); missing != nil {
				return nil, nil, errors.Errorf("%s: no such file or run, expected %s", name, vectorsUse)
			}
		}
		return nil, nil, err
	}
	switch _, own := models()[r.Settings.Model]; {
	case !own:
		return nil, nil, errors.Errorf("run %s is of %s, which has no word vectors, expected one of %s", r.Path, r.Settings.Model, strings.Join(modelNames(), ", "))
	case r.Settings.Model == "lm":
		t, err := languageTable(ctx, a, r)
		return t, r, err
	}
	var about spoken
	if err := r.Describe(&about); err != nil {
		return nil, nil, err
	}
	j, err := openVectors(ctx, r.Settings, run.OpenOptions{About: r.About, Path: r.Path, Flags: noFlags()}, nil)
	if err != nil {
		return nil, nil, err
	}
	if err := r.Load(j); err != nil {
		return nil, nil, err
	}
	t, err := j.table()
	return t, r, err
}

// languageTable returns the embeddings of a language model.
func languageTable(ctx context.Context, a *run.App, r *run.Run) (*vectors.Table, error) {
	m, err := openForUse(ctx, a, r)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	table := m.Store().Param("emb.weight")
	if table == nil {
		return nil, errors.Errorf("run %s: the model has no parameter emb.weight", r.Path)
	}
	return vectors.New(m.about.tokens(), table.Float32s(), m.shape.Embedding)
}

// found is a word that was found, for JSON.
type found struct {
	Word       string  `json:"word"`
	Similarity float64 `json:"similarity"`
}

func embedNearest(ctx context.Context, a *run.App, name string, asked []string, top int) error {
	if top < 1 {
		return run.Usagef("--top %d: expected at least 1", top)
	}
	t, _, err := openTable(ctx, a, name)
	if err != nil {
		return err
	}
	s, err := words.NewSearch(t)
	if err != nil {
		return err
	}
	for _, w := range asked {
		n, err := s.Nearest(w, min(top, t.Len()-1))
		if err != nil {
			return withSuggestion(err, t, w)
		}
		if err := show(a, map[string]any{"word": w}, w, n); err != nil {
			return err
		}
	}
	return nil
}

func embedAnalogy(ctx context.Context, a *run.App, name string, q [3]string, top int) error {
	if top < 1 {
		return run.Usagef("--top %d: expected at least 1", top)
	}
	t, _, err := openTable(ctx, a, name)
	if err != nil {
		return err
	}
	s, err := words.NewSearch(t)
	if err != nil {
		return err
	}
	n, err := s.Analogy(q[0], q[1], q[2], min(top, t.Len()-1))
	if err != nil {
		return withSuggestion(err, t, q[:]...)
	}
	return show(a, map[string]any{"a": q[0], "b": q[1], "c": q[2]}, fmt.Sprintf("%s is to %s as %s is to", q[0], q[1], q[2]), n)
}

// show prints the words that answer a question.
func show(a *run.App, question map[string]any, plain string, n []words.Neighbor) error {
	list := make([]found, len(n))
	for i, x := range n {
		list[i] = found{x.Word, x.Similarity}
	}
	if a.JSON {
		question["nearest"] = list
		b, err := json.Marshal(question)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.Out, "%s\n", b)
		return err
	}
	if _, err := fmt.Fprintln(a.Out, plain); err != nil {
		return err
	}
	for _, x := range list {
		if _, err := fmt.Fprintf(a.Out, "  %.3f  %s\n", x.Similarity, x.Word); err != nil {
			return err
		}
	}
	return nil
}

// withSuggestion adds to the error for words without vectors what may have been
// meant.
func withSuggestion(err error, t *vectors.Table, asked ...string) error {
	for _, w := range asked {
		if _, ok := t.Index(w); ok {
			continue
		}
		if _, ok := t.Index(strings.ToLower(w)); ok {
			continue
		}
		if meant := nearest.Name(w, t.Words()); meant != "" {
			return errors.Errorf("%v, did you mean %s?", err, meant)
		}
	}
	return err
}

// evalCommand returns embed eval.
func evalCommand(a *run.App) *cobra.Command {
	var lists string
	var ignoreCase bool
	c := &cobra.Command{
		Use:   "eval RUN|FILE [LIST…]",
		Short: "Judge vectors by lists of similar words and of analogies",
		Long: `eval compares the cosine similarities of pairs of words with what people say,
by Spearman's correlation of ranks, and asks analogies. A list of pairs has two
words and a number a line, parted by tabs, commas or blanks, with or without a
heading and further columns, as SimLex-999 and WS-353 come; one of analogies
begins with ": section". Without a list it takes those of wordvec-eval below
$HOCSAU_DATA or the data cache.`,
		Example: "  hocsau embed eval last --lists wordvec-eval\n  hocsau embed eval vectors.txt EN-WS-353-ALL.txt questions-words.txt",
		Args:    run.Takes(1, math.MaxInt, vectorsUse+", then lists"),
		RunE: func(c *cobra.Command, args []string) error {
			return embedEval(c.Context(), a, args[0], lists, args[1:], ignoreCase)
		},
	}
	c.Flags().StringVar(&lists, "lists", "", "folder with the usual lists")
	c.Flags().BoolVar(&ignoreCase, "ignore-case", false, "take a word in capitals for one that the vectors lack")
	return c
}

func embedEval(ctx context.Context, a *run.App, name, lists string, files []string, ignoreCase bool) error {
	t, r, err := openTable(ctx, a, name)
	if err != nil {
		return err
	}
	if ignoreCase {
		t = t.IgnoreCase()
	}
	var judged report
	switch {
	case len(files) > 0:
		for _, f := range files {
			if err := judged.list(ctx, t, f, strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))); err != nil {
				return err
			}
		}
	case lists == "" && r != nil && r.Settings.Data == "phrases":
		judged, err = judgeGroups(t)
	default:
		dataDir := ""
		if r != nil {
			dataDir = r.Settings.DataDir
		}
		var dir string
		if dir, err = findLists(lists, dataDir); err == nil && dir == "" {
			err = errors.Errorf("no lists of words: looked for %s below $HOCSAU_DATA and the data cache; name a folder with --lists, or files", listsFolder)
		}
		if err == nil {
			judged, err = judge(ctx, t, dir)
		}
	}
	if err != nil {
		return err
	}
	if !a.JSON {
		return judged.print(a)
	}
	for _, x := range judged.rows {
		line := map[string]any{"list": x.name, "measure": strings.ToLower(x.kind), "value": x.value, "counted": x.counted, "of": x.of}
		if math.IsNaN(x.value) {
			line["value"] = nil
			line["why"] = x.why
		}
		if err := a.PrintJSON(line); err != nil {
			return err
		}
	}
	for _, s := range judged.sections {
		if err := a.PrintJSON(map[string]any{"section": s.Section, "accuracy": s.Accuracy(), "counted": s.Asked, "of": s.Of}); err != nil {
			return err
		}
	}
	return nil
}

// noFlags are those of a run that is only used.
func noFlags() *pflag.FlagSet { return pflag.NewFlagSet("", pflag.ContinueOnError) }

func modelNames() []string {
	names := run.Keys(models())
	slices.Sort(names)
	return names
}

func norm(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}
