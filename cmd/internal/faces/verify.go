package faces

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/metrics"
)

// useFlags are the flags of the commands that use a trained network.
type useFlags struct {
	weights, data string
	limits
}

func (u *useFlags) declare(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&u.weights, "weights", "", "weights of a model named instead of a run: a file, or the folder of a run")
	f.StringVar(&u.data, "data", "", "with --weights: the data set the model was trained on")
	f.Float64Var(&u.distance, "threshold", math.NaN(), "squared distance up to which two pictures are the same (default: the run's)")
	f.Float64Var(&u.far, "far", math.NaN(), "take the run's threshold for this share of strangers accepted: 0.001, 0.01, 0.05 or 0.1")
	// NaN stands for not given; the help need not show it.
	f.Lookup("threshold").DefValue, f.Lookup("far").DefValue = "0", "0"
}

// verifyCommand returns verify.
func verifyCommand(a *run.App) *cobra.Command {
	var u useFlags
	c := &cobra.Command{
		Use:     "verify RUN|MODEL A B",
		Short:   "Say whether two pictures show the same",
		GroupID: run.GroupUse,
		Long: `verify says whether two pictures show the same person, character or digit: yes
where the squared distance of their embeddings is at most the run's threshold,
which training chose so that few strangers are accepted.`,
		Example: `  hocsau verify last a.png b.png
  hocsau verify runs/triplet-1 a.pgm b.pgm --far 0.001 --json`,
		Args: run.Takes(3, 3, "a run (or last) and two pictures"),
		RunE: func(c *cobra.Command, args []string) error {
			return verify(c.Context(), a, args[0], args[1], args[2], u)
		},
	}
	u.declare(c)
	return c
}

func verify(ctx context.Context, a *run.App, name, first, second string, f useFlags) error {
	u, err := openForUse(a, name, f.weights, f.data)
	if err != nil {
		return err
	}
	defer u.Close()
	limit, far, err := u.limit(f.limits)
	if err != nil {
		return err
	}
	var x []float32
	for _, path := range []string{first, second} {
		pix, err := u.read(a, path)
		if err != nil {
			return err
		}
		x = append(x, pix...)
	}
	y, err := u.EmbedInputs(ctx, x)
	if err != nil {
		return err
	}
	points := widened(y)
	dim := len(points) / 2
	distances, err := metrics.SquaredDistances(points[:dim], points[dim:], dim)
	if err != nil {
		return err
	}
	same := metrics.Verify(distances, limit)[0]
	if a.JSON {
		line := map[string]any{"a": first, "b": second, "distance": distances[0], "threshold": limit, "same": same}
		if !math.IsNaN(far) {
			line["far"] = far
		}
		return a.PrintJSON(line)
	}
	answer := "no: not the same"
	if same {
		answer = "yes: the same"
	}
	chosen := ""
	if !math.IsNaN(far) {
		chosen = fmt.Sprintf(", chosen to accept at most %g %% of strangers", 100*far)
	}
	_, err = fmt.Fprintf(a.Out, "%s; distance %.4f, threshold %.4f%s\n", answer, distances[0], limit, chosen)
	return err
}
