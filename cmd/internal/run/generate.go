package run

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// GenerateCommand returns generate.
func (a *App) GenerateCommand() *cobra.Command {
	var weights, data string
	c := &cobra.Command{
		Use:     "generate RUN|MODEL",
		Short:   "Let a trained model make something new: text, tunes, pictures",
		GroupID: GroupUse,
		Example: `  hocsau generate last
  hocsau generate runs/charlm-1 --text 'To be' --temperature 0.7
  hocsau generate runs/music-1 --key G --out tune.abc`,
		Args: Takes(1, 1, "the folder of a run, last, or the name of a model with --weights"),
	}
	fl := c.Flags()
	fl.StringVar(&weights, "weights", "", "weights of a model named instead of a run: a file, or the folder of a run")
	fl.StringVar(&data, "data", "", "with --weights: the data set the model was trained on")
	owners := a.areaFlags(fl, func(area Area) func(*pflag.FlagSet) { return area.GenerateFlags })
	c.RunE = func(c *cobra.Command, args []string) error {
		r, err := a.OpenWeights(args[0], weights, data)
		if err != nil {
			return err
		}
		if err := a.ownFlags(r, fl, owners); err != nil {
			return err
		}
		if r.Model.Generate == nil {
			return Usagef("%s makes nothing new; hocsau --help lists the commands that use it", r.Settings.Model)
		}
		return r.Model.Generate(c.Context(), a, r, fl)
	}
	return c
}
