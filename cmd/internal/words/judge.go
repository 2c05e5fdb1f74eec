package words

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/phrases"
	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/metrics/words"
	"github.com/hocsau/hocsau/solvers/train"
)

// listsFolder is where the lists lie below a data root.
const listsFolder = "wordvec-eval"

// similarityLists are the names of metrics with those of their files.
func similarityLists() []struct{ metric, file string } {
	return []struct{ metric, file string }{
		{"ws353", "EN-WS-353-ALL.txt"}, {"simlex999", "EN-SIMLEX-999.txt"}, {"men", "EN-MEN-TR-3k.txt"}, {"rg65", "EN-RG-65.txt"},
	}
}

const analogyList = "questions-words.txt"

// findLists returns the folder of the lists: the one that is named, else one
// below $HOCSAU_DATA, the data cache, or a folder around the text; "" where there
// is none.
func findLists(named, dataDir string) (string, error) {
	if named != "" {
		if !hasLists(named) {
			return "", errors.Errorf("%s holds none of %s, expected lists of words", named, strings.Join(listNames(), ", "))
		}
		return named, nil
	}
	var roots []string
	if dir := os.Getenv(datasets.Variable); dir != "" {
		roots = append(roots, dir)
	}
	if dir, err := datasets.CacheRoot(); err == nil {
		roots = append(roots, dir)
	}
	if dir, err := filepath.Abs(dataDir); err == nil && dataDir != "" {
		for range 3 {
			roots = append(roots, dir)
			dir = filepath.Dir(dir)
		}
	}
	for _, r := range roots {
		for _, dir := range []string{filepath.Join(r, listsFolder), r} {
			if hasLists(dir) {
				return dir, nil
			}
		}
	}
	return "", nil
}

func listNames() []string {
	names := []string{analogyList}
	for _, l := range similarityLists() {
		names = append(names, l.file)
	}
	return names
}

func hasLists(dir string) bool {
	for _, n := range listNames() {
		if info, err := os.Stat(filepath.Join(dir, n)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// row is a list with what vectors make of it.
type row struct {
	name        string
	kind        string // "Spearman" or "accuracy"
	value       float64
	counted, of int    // of its questions, those whose words have vectors
	why         string // there is no value
}

// tooFew says why a list is not counted.
const tooFew = "too few words"

// report is what lists say of word vectors.
type report struct {
	rows     []row
	sections []words.Score // of the analogies
	without  bool          // no list was found
}

// judge judges vectors by the lists in dir.
func judge(ctx context.Context, v *vectors.Table, dir string) (report, error) {
	if dir == "" {
		return report{without: true}, nil
	}
	var r report
	for _, l := range similarityLists() {
		if err := r.list(ctx, v, filepath.Join(dir, l.file), l.metric); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return r, err
		}
	}
	if err := r.list(ctx, v, filepath.Join(dir, analogyList), "analogy"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	return r, nil
}

// list judges vectors by one list, of analogies where its first line begins with
// a colon.
func (r *report) list(ctx context.Context, v *vectors.Table, path, name string) error {
	analogies, err := vectors.IsAnalogies(path)
	if err != nil {
		return err
	}
	if analogies {
		sections, err := vectors.ReadAnalogies(path)
		if err != nil {
			return err
		}
		s, err := words.Analogies(ctx, v, sections)
		if ctx.Err() != nil {
			return err
		}
		// An error says that nothing could be asked.
		x := row{name: name, kind: "accuracy", value: s.Total.Accuracy(), counted: s.Total.Asked, of: s.Total.Of}
		if err != nil {
			x.value, x.why = math.NaN(), tooFew
		}
		r.rows = append(r.rows, x)
		r.sections = append(append(r.sections, s.Sections...), s.Semantic, s.Syntactic)
		return nil
	}
	pairs, err := vectors.ReadSimilarities(path)
	if err != nil {
		return err
	}
	s, err := words.Similarities(v, pairs)
	x := row{name: name, kind: "Spearman", value: s.Spearman, counted: s.Pairs, of: s.Of}
	switch {
	case errors.Is(err, words.ErrConstant):
		x.value, x.why = math.NaN(), errors.Cause(err).Error()
	case err != nil:
		x.value, x.why = math.NaN(), tooFew
	}
	r.rows = append(r.rows, x)
	return nil
}

// judgeGroups judges the vectors of phrases: the nearest neighbour of a word
// should be of its group.
func judgeGroups(v *vectors.Table) (report, error) {
	group := map[string]string{}
	for _, g := range phrases.Groups() {
		for _, w := range g.Words {
			group[w] = g.Name
		}
	}
	s, err := words.NewSearch(v)
	if err != nil {
		return report{}, err
	}
	x := row{name: "neighbours", kind: "accuracy", of: len(group)}
	right := 0
	for _, w := range v.Words() {
		g, ok := group[w]
		if !ok {
			continue
		}
		n, err := s.Nearest(w, 1)
		if err != nil {
			return report{}, err
		}
		x.counted++
		if group[n[0].Word] == g {
			right++
		}
	}
	x.value = math.NaN()
	if x.counted > 0 {
		x.value = float64(right) / float64(x.counted)
	}
	return report{rows: []row{x}}, nil
}

// metrics returns those of the done line; of what was not measured, NaN. The
// coverage is the share of all questions whose words have vectors.
func (r report) metrics() train.Metrics {
	var m train.Metrics
	names := []string{"ws353", "simlex999", "men", "rg65", "analogy"}
	found := map[string]float64{}
	counted, of := 0, 0
	for _, x := range r.rows {
		found[x.name] = x.value
		counted, of = counted+x.counted, of+x.of
	}
	if v, ok := found["neighbours"]; ok {
		m = append(m, train.Metric{Name: "neighbours", Value: v})
	}
	for _, n := range names {
		v, ok := found[n]
		if !ok {
			v = math.NaN()
		}
		m = append(m, train.Metric{Name: n, Value: v})
	}
	coverage := math.NaN()
	if of > 0 {
		coverage = float64(counted) / float64(of)
	}
	return append(m, train.Metric{Name: "coverage", Value: coverage})
}

// examples returns how many questions were asked.
func (r report) examples() int {
	n := 0
	for _, x := range r.rows {
		n += x.counted
	}
	return n
}

// print shows the lists one by one.
func (r report) print(a *run.App) error {
	if r.without {
		_, err := fmt.Fprintf(a.Out, "no lists of words to judge by: looked for %s below $%s, the data cache, the text's folders (--set lists=DIR names them)\n", listsFolder, datasets.Variable)
		return err
	}
	for _, x := range r.rows {
		value := fmt.Sprintf("%.3f", x.value)
		if math.IsNaN(x.value) {
			value = run.OrElse(x.why, tooFew)
		}
		if _, err := fmt.Fprintf(a.Out, "%-24s %-9s %s  on %s of %s\n", x.name, x.kind, value, run.Thousands(x.counted), run.Thousands(x.of)); err != nil {
			return err
		}
	}
	for _, s := range r.sections {
		if s.Asked == 0 {
			continue
		}
		if _, err := fmt.Fprintf(a.Out, "  %-30s %.3f  on %s of %s\n", s.Section, s.Accuracy(), run.Thousands(s.Asked), run.Thousands(s.Of)); err != nil {
			return err
		}
	}
	return nil
}
