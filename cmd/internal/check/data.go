package check

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
)

// dataCommand returns check data.
func dataCommand(a *run.App) *cobra.Command {
	var given run.Settings
	c := &cobra.Command{
		Use:   "data MODEL",
		Short: "Look for faults in the data that a model trains on",
		Long: `data reads the parts of a data set as the model sees them, and reports labels
(of examples, of objects in boxes, of words) that are missing, numbers that are not
finite, examples without content, examples that occur twice or under two labels, and
examples that are both in the training part and in another.`,
		Example: "  hocsau check data lenet --data mnist",
		Args:    run.Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.Settings(args[0], given, c)
			if err != nil {
				return err
			}
			return checkData(a, c, s)
		},
	}
	given.DataFlags(c)
	return c
}

func checkData(a *run.App, c *cobra.Command, s run.Settings) error {
	m, err := a.Model(s.Model)
	if err != nil {
		return err
	}
	job, err := m.Open(c.Context(), a, s, run.OpenOptions{})
	if err != nil {
		return err
	}
	defer job.Close()
	parted, ok := job.(run.Parted)
	if !ok {
		return run.Usagef("check data %s: it reads no pictures or arrays; expected a model that classifies, detects or labels text", s.Model)
	}
	if set, err := datasets.Lookup(s.Data); err == nil && set.Origin == datasets.Given && !a.JSON {
		fmt.Fprintf(a.Out, "%s: %s\n", s.Data, job.Sizes())
	}
	faults := 0
	seen := map[string]*datasets.Inspection{}
	for _, p := range parted.Parts() {
		r, err := datasets.Inspect(p.Set)
		if err != nil {
			return errors.Wrapf(err, "check data %s: %s part", s.Data, p.Name)
		}
		seen[p.Name] = r
		if p.Count != nil {
			if r.Labels, err = p.Count(); err != nil {
				return errors.Wrapf(err, "check data %s: %s part", s.Data, p.Name)
			}
		}
		shared := 0
		if t := seen["train"]; t != nil && p.Name != "train" {
			shared = t.Shared(r)
		}
		n, err := report(a, p, r, shared)
		if err != nil {
			return err
		}
		faults += n
	}
	if faults > 0 {
		what := "kinds of faults"
		if faults == 1 {
			what = "kind of fault"
		}
		return errors.Errorf("check data: %d %s in %s, expected none", faults, what, s.Data)
	}
	if !a.JSON {
		fmt.Fprintln(a.Out, "no faults found")
	}
	return nil
}

// report prints what was found in a part and returns the number of kinds of
// faults.
func report(a *run.App, p run.Part, r *datasets.Inspection, shared int) (faults int, err error) {
	classes := p.Set.Classes()
	var missing []string
	for i, n := range r.Labels {
		if n == 0 {
			missing = append(missing, classes[i])
		}
	}
	if a.JSON {
		labels := map[string]int{}
		for i, n := range r.Labels {
			labels[classes[i]] = n
		}
		err = a.PrintJSON(map[string]any{
			"part": p.Name, "examples": r.Examples, "labels": labels, "not_finite": len(r.NotFinite), "constant": len(r.Constant),
			"twins": len(r.Twins), "two_labels": len(r.Quarrels), "shared_with_train": shared, "lowest": r.Lowest, "highest": r.Highest,
		})
	} else {
		fmt.Fprintf(a.Out, "%s: %s examples of shape %v, values in [%.3g, %.3g]\n", p.Name, run.Thousands(r.Examples), p.Set.Shape(), r.Lowest, r.Highest)
		histogram(a, classes, r.Labels)
	}
	for _, f := range []struct {
		count int
		says  string
	}{
		{len(missing), "classes have no example: " + strings.Join(missing, ", ")},
		{len(r.NotFinite), "examples have numbers that are not finite" + from(r.NotFinite)},
		{len(r.Constant), "examples have no content: all values are the same" + from(r.Constant)},
		{len(r.Quarrels), "examples occur under two labels" + from(r.Quarrels)},
		{len(r.Twins), "examples occur more than once" + from(r.Twins)},
		{shared, "examples are in the training part too"},
	} {
		if f.count == 0 {
			continue
		}
		if faults++; !a.JSON && err == nil {
			_, err = fmt.Fprintf(a.Out, "  FAULT: %s %s\n", run.Thousands(f.count), f.says)
		}
	}
	return faults, err
}

// from names the first of some examples.
func from(indices []int) string {
	if len(indices) == 0 {
		return ""
	}
	return fmt.Sprintf(", the first is number %d", indices[0])
}

// histogram prints a bar for each class.
func histogram(a *run.App, classes []string, counts []int) {
	most, width := 1, 1
	for i, n := range counts {
		most, width = max(most, n), max(width, len([]rune(classes[i])))
	}
	for i, n := range counts {
		fmt.Fprintf(a.Out, "  %-*s %8s %s\n", width, classes[i], run.Thousands(n), strings.Repeat("█", (40*n+most-1)/most))
	}
}
