package run

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// runsDir is where runs lie that were not given a folder.
const runsDir = "runs"

// Run is a trained model: the folder of a run, or a model with the weights of a
// file.
type Run struct {
	Path     string // the folder, or the name of the model
	Weights  string // the file with the model's parameters
	Settings Settings
	Model    Model
	Catalog  *catalog.Catalog // that has the model
	// Card is what the model says of itself; nil without a folder, and for models
	// that say it in About.
	Card *card.Card
	// About is what the job said of the model; nil without a folder.
	About json.RawMessage
	// Meta is what the checkpoint says of itself; nothing without a folder.
	Meta train.Meta
	last train.Progress
	test train.Metrics
	// notes is where Load says what the user should know.
	notes io.Writer
}

// Last returns how far the run is; Meta tells of the checkpoint that is used.
func (r *Run) Last() train.Progress { return r.last }

// Tested returns what the finished run reached on the test part.
func (r *Run) Tested() train.Metrics { return r.test }

// saved is what a checkpoint keeps beside the weights.
type saved struct {
	Model string          `json:"model"`
	Data  string          `json:"data"`
	Card  *card.Card      `json:"card,omitempty"`
	About json.RawMessage `json:"about,omitempty"`
	// Test is what the finished run reached on the test part.
	Test *tested `json:"test,omitempty"`
	// Example is an input of the test part, for commands to try.
	Example string `json:"example,omitempty"`
}

// tested is the result of a test.
type tested struct {
	Metrics  train.Metrics `json:"metrics"`
	Examples int           `json:"examples"`
	Seconds  float64       `json:"seconds"`
}

// card returns the model's card, made of About where a version before cards
// saved it; nil for models that have none.
func (s saved) card(config []byte) (*card.Card, error) {
	if s.Card != nil {
		return s.Card, s.Card.Check()
	}
	if !card.Migrates(s.Model) {
		return nil, nil
	}
	return card.Migrate(card.Described{Model: s.Model, Data: s.Data, About: s.About}, config)
}

func (s saved) json(about any) (json.RawMessage, error) {
	if c, ok := about.(*card.Card); ok {
		s.Card = c
		return json.Marshal(s)
	}
	b, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	s.About = b
	return json.Marshal(s)
}

// nextRun returns runs/MODEL-N for the next free number. A name is taken where
// something is there; that it cannot be looked at says nothing about the next.
func nextRun(model string) (string, error) {
	for n := 1; ; n++ {
		path := filepath.Join(runsDir, fmt.Sprintf("%s-%d", model, n))
		_, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, nil
		case err != nil:
			return "", errors.Wrapf(err, "find a free name in %s (--out names another folder)", runsDir)
		}
	}
}

// Resolve returns the folder that the user means by name: itself, or for
// "last" the run that was changed last.
func Resolve(name string) (string, error) {
	if name != "last" {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			return "", errors.Errorf("no run %s: expected the folder of a run, or last", name)
		}
		return name, nil
	}
	entries, err := os.ReadDir(runsDir)
	if err != nil {
		return "", errors.Errorf("no runs in %s yet; %s train lenet makes one", runsDir, Self())
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
		return "", errors.Errorf("no run in %s has a checkpoint yet; %s train lenet makes one", runsDir, Self())
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

// OpenRun reads the folder of a run, or last.
func (a *App) OpenRun(name string) (*Run, error) {
	path, err := Resolve(name)
	if err != nil {
		return nil, err
	}
	dir, err := train.CheckpointDir(path)
	if err != nil {
		return nil, err
	}
	r := &Run{Catalog: a.Catalog, Path: path, Weights: filepath.Join(dir, train.ModelFile), notes: a.Err}
	if r.Meta, err = train.ReadMeta(dir); err != nil {
		return nil, err
	}
	var about saved
	if err := json.Unmarshal(r.Meta.Model, &about); err != nil {
		return nil, errors.Wrapf(err, "read %s", dir)
	}
	if r.About = about.About; r.About == nil {
		r.About = json.RawMessage("{}") // the area says what is missing
	}
	if r.Model, err = a.Model(about.Model); err != nil {
		return nil, errors.Errorf("run %s: %v", path, err) // no wrong usage of this command
	}
	if about.Test != nil {
		r.test = about.Test.Metrics
	}
	if r.last = r.Meta.Progress; dir != filepath.Join(path, train.LastDir) {
		if m, err := train.ReadMeta(filepath.Join(path, train.LastDir)); err == nil {
			r.last = m.Progress
		}
	}
	config, err := train.ReadConfig(path)
	if err != nil {
		return nil, err
	}
	if config == nil {
		return nil, errors.Errorf("run %s holds no config.yaml, expected the settings of the run", path)
	}
	if r.Settings, err = savedSettings(config, about.Model, r.Model, about.Data); err != nil {
		return nil, errors.Wrapf(err, "run %s: config.yaml", path)
	}
	r.Card, err = about.card(config)
	return r, errors.Wrapf(err, "run %s", path)
}

// WeightsFile returns the file of weights that name means: itself, or that of the
// run or the checkpoint whose folder it is, or of the last run.
func WeightsFile(name string) (string, error) {
	if name != "last" && !IsDir(name) {
		return name, nil
	}
	path, err := Resolve(name)
	if err != nil {
		return "", err
	}
	if card.IsCheckpoint(path) {
		return filepath.Join(path, train.ModelFile), nil
	}
	dir, err := train.CheckpointDir(path)
	if err != nil {
		return "", errors.Wrap(err, "--weights")
	}
	return filepath.Join(dir, train.ModelFile), nil
}

// OpenWeights returns the run that name means, with other weights where those of
// a file or of another run are named; or the model name with them, for the data set
// data or the model's first, or as the run says whose folder weights is.
func (a *App) OpenWeights(name, weights, data string) (*Run, error) {
	if IsONNX(name) && weights == "" {
		m, err := a.Model(catalog.Imported)
		if err != nil {
			return nil, err
		}
		return &Run{Catalog: a.Catalog, Path: name, Weights: name, Settings: defaults(catalog.Imported, m, m.Data[0]), Model: m}, nil
	}
	if info, err := os.Stat(name); weights == "" || name == "last" || err == nil && info.IsDir() {
		r, err := a.OpenRun(name)
		if err == nil && weights != "" {
			r.Weights, err = WeightsFile(weights)
		}
		if _, isModel := a.Models()[name]; err != nil && isModel {
			if _, bad := os.Stat(name); bad != nil {
				return nil, Usagef("%s is a model: --weights says which weights to use", name)
			}
		}
		return r, err
	}
	if IsONNX(name) {
		return nil, Usagef("--weights: %s has weights of its own", name)
	}
	m, err := a.Model(name)
	if err != nil {
		return nil, err
	}
	if weights == "last" || IsDir(weights) && !card.IsCheckpoint(weights) {
		return a.runOf(name, weights)
	}
	if weights, err = WeightsFile(weights); err != nil {
		return nil, err
	}
	s := defaults(name, m, OrElse(data, m.Data[0]))
	return &Run{Catalog: a.Catalog, Path: name, Weights: weights, Settings: s, Model: m, notes: a.Err}, s.check(m)
}

// runOf returns the run in a folder that was named as the weights of a model.
func (a *App) runOf(model, path string) (*Run, error) {
	r, err := a.OpenRun(path)
	if err != nil {
		return nil, errors.Wrap(err, "--weights")
	}
	if r.Settings.Model != model {
		return nil, Usagef("--weights %s: is a run of %s, not of %s", path, r.Settings.Model, model)
	}
	return r, nil
}

// InFolder reports whether the run has a folder of its own.
func (r *Run) InFolder() bool { return r.Meta.Model != nil }

// Load gives the job, which it builds, the run's parameters.
func (r *Run) Load(j Job) error {
	if err := j.Build(); err != nil {
		return err
	}
	d, err := checkpoint.Load(r.Weights, j.Store(), checkpoint.Opts{Rename: r.Model.Rename})
	if err != nil {
		return err
	}
	r.NotePrefix(d.Prefix)
	if bad := train.NotFinite(j.Store()); bad != "" {
		return errors.Errorf("load weights %s: %s, expected finite numbers", r.Weights, bad)
	}
	return nil
}

// NotePrefix says that the names of the weights were used without their prefix,
// where they have one.
func (r *Run) NotePrefix(prefix string) {
	if r.notes != nil {
		NotePrefix(r.notes, r.Weights, prefix)
	}
}

// NotePrefix says that the names of a file were used without their prefix, where
// they have one.
func NotePrefix(w io.Writer, weights, prefix string) {
	if prefix != "" {
		fmt.Fprintf(w, "hocsau: %s: %s is taken off all names\n", weights, prefix)
	}
}

// Describe says what the checkpoint keeps of the model, into about.
func (r *Run) Describe(about any) error {
	return errors.Wrapf(json.Unmarshal(r.About, about), "run %s: what the checkpoint says of the model", r.Path)
}
