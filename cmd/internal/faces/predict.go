package faces

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// predict prints the embeddings of pictures.
func predict(ctx context.Context, a *run.App, r *run.Run, pictures []string, _ *pflag.FlagSet) error {
	u, err := openRun(a, r)
	if err != nil {
		return err
	}
	defer u.Close()
	for _, path := range pictures {
		if err := ctx.Err(); err != nil {
			return err
		}
		points, err := u.embedFile(ctx, a, path)
		if err != nil {
			return err
		}
		if a.JSON {
			err = a.PrintJSON(map[string]any{"file": path, "embedding": points})
		} else {
			_, err = fmt.Fprintf(a.Out, "%s: %.4f\n", path, points)
		}
		if err != nil {
			return errors.Wrap(err, "print")
		}
	}
	return nil
}
