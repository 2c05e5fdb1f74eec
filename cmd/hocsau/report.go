package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// trained evaluates the finished run on the test part and reports.
func (a *app) trained(folder *train.Folder, loop *train.Loop, data *parts, about saved, took time.Duration) error {
	t, err := openRun(folder.Path())
	if err != nil {
		return err
	}
	e, err := t.task.Evaluate(data.test)
	if err != nil {
		return err
	}
	limit := familiar(e)
	about.Familiar = &limit
	about.Test = &tested{Accuracy: e.Accuracy, Top5: e.Top5, Loss: e.Loss, Examples: len(e.Labels), Seconds: took.Seconds()}
	b, err := json.Marshal(about)
	if err != nil {
		return err
	}
	if err := folder.Describe(b); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(doneLine(folder.Path(), about, *about.Test, loop.Progress()))
	}
	if err := a.showGuesses(data, t, e); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "test_accuracy %.4f  test_loss %.4f  on %s examples, after %s; saved in %s\n",
		e.Accuracy, e.Loss, thousands(len(e.Labels)), took.Round(100*time.Millisecond), folder.Path())
	fmt.Fprintf(a.out, "Look at its mistakes with\n%s eval %s --plot\n", self(), shellWord(folder.Path()))
	return nil
}

// already reports a run that is finished.
func (a *app) already(folder *train.Folder, about saved, p train.Progress) error {
	if a.json {
		return a.printJSON(doneLine(folder.Path(), about, *about.Test, p))
	}
	fmt.Fprintf(a.out, "%s is finished: test_accuracy %.4f after %d epochs. Look at its mistakes with\n%s eval %s --plot\n",
		folder.Path(), about.Test.Accuracy, p.Epoch, self(), shellWord(folder.Path()))
	return nil
}

func (a *app) printJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s\n", b)
	return err
}

// done is the last line that train and eval print with --json.
type done struct {
	Event        string  `json:"event"`
	Run          string  `json:"run"`
	Model        string  `json:"model"`
	Data         string  `json:"data"`
	TestAccuracy float64 `json:"test_accuracy"`
	TestTop5     float64 `json:"test_top5"` // the label is among the five surest guesses
	TestLoss     float64 `json:"test_loss"`
	Examples     int     `json:"examples"`   // of the test part
	Epochs       int     `json:"epochs"`     // trained
	BestEpoch    int     `json:"best_epoch"` // by validation, 0 without
	Seconds      float64 `json:"seconds"`    // of training, or of the evaluation
}

func doneLine(run string, about saved, t tested, p train.Progress) done {
	return done{"done", run, about.Model, about.Data, t.Accuracy, t.Top5, t.Loss, t.Examples, p.Epoch, p.BestEpoch, t.Seconds}
}

// familiar returns the largest logit that all but one in a hundred examples
// exceed.
func familiar(e *train.Evaluation) float64 {
	classes := len(e.Logits) / len(e.Labels)
	var tops []float64
	for i := range e.Labels {
		tops = append(tops, float64(slices.Max(e.Logits[i*classes:(i+1)*classes])))
	}
	slices.Sort(tops)
	return tops[len(tops)/100]
}

// showGuesses shows ten test pictures with the model's guesses.
func (a *app) showGuesses(data *parts, t *trained, e *train.Evaluation) error {
	shape := data.plain.Shape()
	if len(shape) != 3 || shape[0] != 1 || shape[1] > 32 {
		return nil
	}
	n := min(10, data.plain.Len())
	images := make([]float32, n*size(shape))
	captions := make([]string, n)
	for i := range n {
		if _, err := data.plain.At(i, images[i*size(shape):(i+1)*size(shape)]); err != nil {
			return err
		}
		captions[i] = t.Classes[e.Guesses[i]] + " ✓"
		if e.Guesses[i] != e.Labels[i] {
			captions[i] = fmt.Sprintf("%s ✗ is %s", t.Classes[e.Guesses[i]], t.Classes[e.Labels[i]])
		}
	}
	return plot.Terminal(a.out, images, [3]int{n, shape[1], shape[2]}, plot.TerminalOpts{
		Captions: captions, Width: a.terminal(), Color: a.terminal() > 0,
	})
}

// shellWord quotes a word where a shell would take it apart.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/\\:.,_+-@%=~") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
