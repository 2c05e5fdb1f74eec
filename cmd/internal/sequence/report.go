package sequence

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/solvers/train"
)

// shown is how many test sentences are shown after training.
const shown = 5

// showGuesses shows test sentences with what the model says of them.
func (j *labelJob) showGuesses(a *run.App, e *train.SequencesEvaluation) {
	for i, x := range j.test[:min(shown, len(j.test))] {
		guess := j.classesOf(e.Guesses[i])
		if !perToken(j.settings.Model) {
			mark := "✓"
			if guess[0] != x.labels[0] {
				mark = "✗ is " + x.labels[0]
			}
			fmt.Fprintf(a.Out, "%s: %s %s\n", strings.Join(x.tokens, " "), guess[0], mark)
			continue
		}
		fmt.Fprintln(a.Out, marked(x.tokens, guess, x.labels))
	}
}

// marked writes the tokens with their tags behind them, O left out; where the
// truth is another it follows.
func marked(tokens, guess, truth []string) string {
	parts := make([]string, len(tokens))
	for i, t := range tokens {
		parts[i] = strings.ReplaceAll(t, " ", "_")
		wrong := truth != nil && truth[i] != "" && truth[i] != guess[i]
		if !metrics.OutsideTag(guess[i]) || wrong {
			parts[i] += "/" + guess[i]
		}
		if wrong {
			parts[i] += "✗" + truth[i]
		}
	}
	return strings.Join(parts, " ")
}

// report prints precision, recall and F1 of each class.
func (j *labelJob) report(a *run.App, guesses [][]string) error {
	names := slices.Clone(j.encoder.Classes)
	index := maps.Clone(j.encoder.classes)
	number := func(name string) int {
		if _, ok := index[name]; !ok {
			index[name] = len(names)
			names = append(names, name)
		}
		return index[name]
	}
	var guess, truth []int
	for i, x := range j.test {
		for k, l := range x.labels {
			if l == "" { // not known
				continue
			}
			guess, truth = append(guess, number(guesses[i][k])), append(truth, number(l))
		}
	}
	m, err := metrics.NewConfusion(len(names))
	if err != nil {
		return err
	}
	if err := m.Add(guess, truth); err != nil {
		return err
	}
	fmt.Fprintf(a.Out, "%-14s %9s %9s %9s %9s\n", "class", "precision", "recall", "F1", "labels")
	for i, r := range m.Report().Classes {
		fmt.Fprintf(a.Out, "%-14s %9.4f %9.4f %9.4f %9d\n", names[i], r.Precision, r.Recall, r.F1, r.Support)
	}
	return nil
}

// reportEntities prints the same of each type of entity.
func reportEntities(a *run.App, r metrics.EntityReport) {
	fmt.Fprintf(a.Out, "%-14s %9s %9s %9s %9s\n", "entity", "precision", "recall", "F1", "entities")
	for _, name := range slices.Sorted(maps.Keys(r.Types)) {
		s := r.Types[name]
		fmt.Fprintf(a.Out, "%-14s %9.4f %9.4f %9.4f %9d\n", name, s.Precision, s.Recall, s.F1, s.Support)
	}
}
