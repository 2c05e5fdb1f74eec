package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers/train"
)

// runsDir is where runs lie that were not given a folder.
const runsDir = "runs"

// saved is what a checkpoint keeps beside the weights, for eval and predict.
type saved struct {
	Model         string        `json:"model"`
	Data          string        `json:"data"`
	Input         []int         `json:"input"`
	Classes       []string      `json:"classes"`
	Normalisation normalisation `json:"normalisation"`
	// Familiar is the largest logit that all but one in a hundred of the
	// test examples exceed; a picture below it lies far from them. It is
	// missing in a run that is not finished.
	Familiar *float64 `json:"familiar,omitempty"`
	// Test is what the finished run reached on the test part.
	Test *tested `json:"test,omitempty"`
}

// tested is the result of a test.
type tested struct {
	Accuracy float64 `json:"test_accuracy"`
	Top5     float64 `json:"test_top5"`
	Loss     float64 `json:"test_loss"`
	Examples int     `json:"examples"`
	Seconds  float64 `json:"seconds"`
}

// nextRun returns runs/MODEL-N for the next free number.
func nextRun(model string) string {
	for n := 1; ; n++ {
		path := filepath.Join(runsDir, fmt.Sprintf("%s-%d", model, n))
		if _, err := os.Stat(path); os.IsNotExist(err) {
			return path
		}
	}
}

// resolveRun returns the folder that the user means by name: itself, or for
// "last" the run that was changed last.
func resolveRun(name string) (string, error) {
	if name != "last" {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			return "", errors.Errorf("no run %s: expected the folder of a run, or last", name)
		}
		return name, nil
	}
	entries, err := os.ReadDir(runsDir)
	if err != nil {
		return "", errors.Errorf("no runs in %s yet; %s train lenet makes one", runsDir, self())
	}
	var best string
	var at time.Time
	number := -1
	for _, e := range entries {
		path := filepath.Join(runsDir, e.Name())
		dir, err := train.CheckpointDir(path)
		if err != nil {
			continue
		}
		info, err := os.Stat(dir)
		if err != nil {
			continue
		}
		n := runNumber(e.Name())
		if t := info.ModTime(); t.After(at) || t.Equal(at) && n > number {
			best, at, number = path, t, n
		}
	}
	if best == "" {
		return "", errors.Errorf("no run in %s has a checkpoint yet; %s train lenet makes one", runsDir, self())
	}
	return best, nil
}

func runNumber(name string) int {
	n, err := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	if err != nil {
		return -1
	}
	return n
}

// trained is a model with its weights, ready for use.
type trained struct {
	saved
	path     string
	meta     train.Meta
	settings settings
	task     *train.Classifier
}

// openRun loads the model of a run's folder.
func openRun(path string) (*trained, error) {
	dir, err := train.CheckpointDir(path)
	if err != nil {
		return nil, err
	}
	t := &trained{path: path}
	if t.meta, err = train.ReadMeta(dir); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(t.meta.Model, &t.saved); err != nil {
		return nil, errors.Wrapf(err, "read %s", dir)
	}
	m, err := lookUp(t.Model)
	if err != nil {
		return nil, errors.Errorf("run %s: %v", path, err) // no wrong usage of this command
	}
	config, err := train.ReadConfig(path)
	if err != nil {
		return nil, err
	}
	if config == nil {
		return nil, errors.Errorf("run %s holds no config.yaml, expected the settings of the run", path)
	}
	if t.settings, err = parseSettings(config, defaults(t.Model, m)); err != nil {
		return nil, errors.Wrapf(err, "run %s: config.yaml", path)
	}
	return t, t.load(m, filepath.Join(dir, train.ModelFile))
}

// load builds the model and gives it the weights of a file.
func (t *trained) load(m model, weights string) error {
	if len(t.Input) == 0 || len(t.Classes) == 0 || len(t.Normalisation.Mean) == 0 || len(t.Normalisation.Mean) != len(t.Normalisation.Std) {
		return errors.Errorf("run %s: the checkpoint does not say what its inputs and classes are", t.path)
	}
	store := graph.NewStore(graph.Float32, t.settings.Seed)
	set := shapeOnly{t.Input, t.Classes}
	task, err := train.NewClassifier(store, func(s graph.Scope) nn.Layer {
		return m.build(s, t.Input, len(t.Classes))
	}, nil, set, train.ClassifierOpts{Batch: 1})
	if err != nil {
		return err
	}
	if err := task.Build(); err != nil {
		return err
	}
	t.task = task
	_, err = checkpoint.Load(weights, store, checkpoint.Opts{Rename: m.rename})
	return err
}

// shapeOnly is a data set of which only the form is known.
type shapeOnly struct {
	shape   []int
	classes []string
}

func (s shapeOnly) Len() int          { return 0 }
func (s shapeOnly) Shape() []int      { return s.shape }
func (s shapeOnly) Classes() []string { return s.classes }
func (s shapeOnly) At(i int, _ []float32) (int, error) {
	return 0, errors.Errorf("example %d of a set without examples", i)
}
