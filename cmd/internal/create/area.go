package create

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// Area returns the models that make pictures.
func Area() run.Area {
	models := map[string]run.Model{}
	for name, n := range gans() {
		models[name] = n.model()
	}
	models[fastStyle] = fastStyleModel()
	return run.Area{
		Name: "create", Models: models,
		Commands: func(a *run.App) []*cobra.Command { return []*cobra.Command{styleCommand(a)} },
		TrainFlags: []run.SetFlag{
			{Name: "judge", Key: "judge", Usage: "file with the LeNet that judges generated pictures (default: one is trained first)"},
			{Name: "style", Key: "style", Usage: "fast-style: picture whose style is learnt (default: one that the program draws)"},
		},
		EvalFlags:     evalFlags,
		PredictFlags:  predictFlags,
		GenerateFlags: generateFlags,
	}
}

func evalFlags(f *pflag.FlagSet) {
	f.String("judge", "", "file with the LeNet that judges generated pictures (default: the run's)")
}
