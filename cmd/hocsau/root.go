package main

import (
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/bench"
	"github.com/hocsau/hocsau/cmd/internal/cheatsheet"
	"github.com/hocsau/hocsau/cmd/internal/check"
	"github.com/hocsau/hocsau/cmd/internal/classify"
	"github.com/hocsau/hocsau/cmd/internal/create"
	"github.com/hocsau/hocsau/cmd/internal/detect"
	"github.com/hocsau/hocsau/cmd/internal/exchange"
	"github.com/hocsau/hocsau/cmd/internal/faces"
	"github.com/hocsau/hocsau/cmd/internal/look"
	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/cmd/internal/sequence"
	"github.com/hocsau/hocsau/cmd/internal/translate"
	"github.com/hocsau/hocsau/cmd/internal/words"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// areas are the families of models.
func areas(models *catalog.Catalog) []run.Area {
	return []run.Area{
		classify.Area(models),
		detect.Area(models),
		words.Area(),
		faces.Area(models),
		sequence.Area(),
		translate.Area(),
		create.Area(),
	}
}

// root returns the command with all that is below it.
func root(a *run.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "hocsau",
		Short: "Deep learning in Go: train, evaluate and use the models of the cheatsheet",
		Long: `hocsau ("học sâu", deep learning) trains, evaluates and uses the models of the
zoo. Every model has a data set that is built in, so that this works anywhere:

  hocsau train lenet`,
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // suggestCommand makes them
		PersistentPreRunE:  a.CheckFiles,
	}
	c.SetIn(a.In)
	c.SetOut(a.Out)
	c.SetErr(a.Err)
	c.PersistentFlags().BoolVar(&a.JSON, "json", false, "print JSON, one object a line")
	c.AddGroup(
		&cobra.Group{ID: run.GroupLearn, Title: "Learn:"},
		&cobra.Group{ID: run.GroupTrain, Title: "Train:"},
		&cobra.Group{ID: run.GroupUse, Title: "Use:"},
		&cobra.Group{ID: run.GroupLook, Title: "Look:"},
		&cobra.Group{ID: run.GroupData, Title: "Data:"},
	)
	c.SetHelpCommand(run.HelpCommand())
	c.SetHelpCommandGroupID(run.GroupLearn)
	c.SetCompletionCommandGroupID(run.GroupLook)
	c.AddCommand(
		look.Models(a), look.Summary(a), cheatsheet.Command(a),
		a.TrainCommand(), a.EvalCommand(), check.Command(a),
		a.PredictCommand(), a.GenerateCommand(), exchange.Run(a), exchange.Export(a), exchange.Convert(a),
		bench.Command(a), look.Runs(a), look.Doctor(a), look.Version(a),
		look.Data(a),
	)
	for _, area := range a.Areas {
		if area.Commands != nil {
			c.AddCommand(area.Commands(a)...)
		}
	}
	a.Complete(c)
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return run.Usage(a.SuggestFlag(c, err)) })
	return c
}
