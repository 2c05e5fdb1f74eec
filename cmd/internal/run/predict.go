package run

import (
	"math"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// inputs are the arguments of predict.
const inputs = "a run (or last) and one or more inputs, - for the standard input"

// PredictCommand returns predict.
func (a *App) PredictCommand() *cobra.Command {
	var weights, data string
	c := &cobra.Command{
		Use:     "predict RUN|MODEL|FILE.onnx INPUT…",
		Short:   "Say what a trained model makes of your own inputs",
		GroupID: GroupUse,
		Long: `predict says what a trained model makes of your own inputs.

Models of pictures take PNG, JPEG, GIF, BMP, TIFF, WebP or PGM of any size; -
reads one from the standard input. A picture for a digit model is made grey,
inverted where its background is light, cut to its content and centred.
Models of text take --text, files, or - for the standard input. A folder stands for
the files in it, a pattern in quotes for those that it fits.`,
		Example: `  hocsau predict last digit.png
  hocsau predict runs/lenet-1 a.png b.jpg --json
  hocsau predict last photos
  hocsau predict lenet --weights lenet.safetensors digit.png`,
		Args: Takes(1, math.MaxInt, inputs),
	}
	fl := c.Flags()
	fl.StringVar(&weights, "weights", "", "weights of a model named instead of a run: a file, or the folder of a run")
	fl.StringVar(&data, "data", "", "with --weights: the data set the model was trained on")
	owners := a.areaFlags(fl, func(area Area) func(*pflag.FlagSet) { return area.PredictFlags })
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 1 && !fl.Changed("text") {
			return Takes(2, math.MaxInt, inputs)(c, args)
		}
		r, err := a.OpenWeights(args[0], weights, data)
		if err != nil {
			return err
		}
		if err := a.ownFlags(r, fl, owners); err != nil {
			return err
		}
		if r.Model.Predict == nil {
			return Usagef("%s makes nothing of single inputs; hocsau --help lists the commands that use it", r.Settings.Model)
		}
		files := a.Pictures
		if r.Model.PredictInput != "" {
			files = a.Texts
		}
		paths, err := files(args[1:])
		if err != nil {
			return err
		}
		return r.Model.Predict(c.Context(), a, r, paths, fl)
	}
	return c
}
