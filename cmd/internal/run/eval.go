package run

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/internal/atomicfile"
)

// EvalCommand returns eval.
func (a *App) EvalCommand() *cobra.Command {
	var weights, data, dataDir, answers string
	var offline bool
	c := &cobra.Command{
		Use:     "eval RUN|MODEL",
		Short:   "Measure a trained model on its test data",
		GroupID: GroupTrain,
		Example: `  hocsau eval last
  hocsau eval runs/lenet-1 --plot
  hocsau eval lenet --weights lenet.safetensors --data mnist`,
		Args: Takes(1, 1, "the folder of a run, last, or the name of a model with --weights"),
	}
	fl := c.Flags()
	fl.StringVar(&weights, "weights", "", "weights of MODEL: a file, or the folder of a run")
	fl.StringVar(&data, "data", "", "data set (default: the run's)")
	fl.StringVar(&dataDir, "data-dir", "", "folder that data sets lie in, or the set's own")
	fl.BoolVar(&offline, "offline", false, "download nothing")
	fl.StringVar(&answers, "answers", "", "file to write the answer to each example of the test part into, a JSON object a line")
	owners := a.areaFlags(fl, func(area Area) func(*pflag.FlagSet) { return area.EvalFlags })
	c.RunE = func(c *cobra.Command, args []string) error {
		r, err := a.OpenWeights(args[0], weights, data)
		if err != nil {
			return err
		}
		if err := a.ownFlags(r, fl, owners); err != nil {
			return err
		}
		r.Settings.DataDir = OrElse(dataDir, r.Settings.DataDir)
		if data == "" && !r.Model.OtherFiles {
			if data, err = lying(dataDir, r.Model, r.Settings.Data); err != nil {
				return err
			}
		}
		r.Settings.Data = OrElse(data, r.Settings.Data)
		if err := r.Settings.check(r.Model); err != nil {
			return err
		}
		begin := time.Now()
		job, err := r.Model.Open(c.Context(), a, r.Settings, OpenOptions{Card: r.Card, About: r.About, Offline: offline, Flags: fl, Path: r.Path, Weights: r.Given()})
		if err != nil {
			return err
		}
		defer job.Close()
		if err := r.Load(job); err != nil {
			return err
		}
		result, err := job.Test(c.Context(), a)
		if err != nil {
			return err
		}
		t := tested{result.Metrics, result.Examples, time.Since(begin).Seconds()}
		if answers != "" {
			if err := writeAnswers(answers, r.Settings.Model, result); err != nil {
				return err
			}
		}
		if a.JSON {
			return a.printDone(r.Path, r.Settings.Model, r.Settings.Data, t, r.Meta.Progress)
		}
		if result.Report != nil {
			if err := result.Report(a); err != nil {
				return err
			}
		}
		fmt.Fprintln(a.Out, metricsLine(t))
		if r.InFolder() && r.Model.Predict != nil {
			input := r.Model.input()
			if e, ok := job.(Exemplary); ok && r.Settings.Data != r.Model.Data[0] {
				input = ofExample(input, e.Example())
			}
			fmt.Fprintf(a.Out, "Try it on something of your own with\n%s predict %s %s\n", Self(), ShellWord(r.Path), input)
		}
		return nil
	}
	return c
}

// writeAnswers writes what the model says of each example of the test part.
func writeAnswers(path, model string, r Result) error {
	if r.Answer == nil {
		return Usagef("--answers: %s has no answers to single examples", model)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		for i := range r.Examples {
			if err := lines.Encode(r.Answer(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Given is the file of weights, where it is no run's.
func (r *Run) Given() string {
	if r.InFolder() {
		return ""
	}
	return r.Weights
}

// input is how an input of the model is written in a command to try.
func (m Model) input() string { return OrElse(m.PredictInput, "PICTURE.png") }

// areaFlags declares the flags that areas have of their own, and returns the
// areas that each belongs to.
func (a *App) areaFlags(fl *pflag.FlagSet, of func(Area) func(*pflag.FlagSet)) map[string][]string {
	owners := map[string][]string{}
	for _, area := range a.Areas {
		declare := of(area)
		if declare == nil {
			continue
		}
		own := pflag.NewFlagSet(area.Name, pflag.ContinueOnError)
		declare(own)
		own.VisitAll(func(f *pflag.Flag) { owners[f.Name] = append(owners[f.Name], area.Name) })
		fl.AddFlagSet(own)
	}
	return owners
}

// ownFlags refuses flags that belong to another area than the run's model.
func (a *App) ownFlags(r *Run, fl *pflag.FlagSet, owners map[string][]string) error {
	_, areas := a.models()
	var err error
	fl.Visit(func(f *pflag.Flag) {
		if of, ok := owners[f.Name]; ok && !slices.Contains(of, areas[r.Settings.Model].Name) && err == nil {
			err = Usagef("--%s: has no meaning for %s", f.Name, r.Settings.Model)
		}
	})
	return err
}
