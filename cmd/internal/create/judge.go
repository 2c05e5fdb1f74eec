package create

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/solvers/train"
)

// judgeFile is where a run keeps the judge that was trained for it.
const judgeFile = "judge.safetensors"

// findJudge returns the judge that the user names, else the run's, else one that
// is trained on the set first.
func (j *ganJob) findJudge(ctx context.Context, a *run.App) (*train.Judge, error) {
	if j.judge != nil {
		return j.judge, nil
	}
	mean, std := normalisation(j.settings.Data)
	classes := len(j.about.Classes)
	path := j.settings.Text("judge", "")
	if j.flags != nil {
		given, err := j.flags.GetString("judge")
		if err != nil {
			return nil, err
		}
		path = run.OrElse(given, path)
	}
	own := filepath.Join(j.dir, judgeFile)
	if path == "" && j.dir != "" {
		if _, err := os.Stat(own); err == nil {
			path = own
		}
	}
	var err error
	if path != "" {
		j.judge, err = train.LoadJudge(path, classes, mean, std)
		return j.judge, err
	}
	var accuracy float64
	if j.judge, accuracy, err = train.NewJudge(ctx, j.data.train, j.data.test, mean, std, j.settings.Seed, j.Store().Threads()); err != nil {
		return nil, err
	}
	if a.JSON {
		err = a.PrintJSON(map[string]any{"event": "judge", "test_accuracy": accuracy})
	} else {
		_, err = fmt.Fprintf(a.Out, "judge: a LeNet trained on %s first, test_accuracy %.4f; --judge names another\n", j.settings.Data, accuracy)
	}
	if err == nil && j.dir != "" {
		err = j.judge.Save(own)
	}
	return j.judge, err
}

// normalisation returns the mean and the deviation of the pixels that a judge of
// the set expects. Digits are drawn like those of MNIST.
func normalisation(data string) (mean, std float32) {
	if data == "fashion-mnist" {
		return 0.2860, 0.3530
	}
	return 0.1307, 0.3081
}
