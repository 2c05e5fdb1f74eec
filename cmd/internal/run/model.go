package run

import (
	"context"
	"encoding/json"
	"image"
	"iter"
	"maps"
	"math/rand/v2"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/card"
)

// Area is a family of models with what the command needs for them.
type Area struct {
	Name   string
	Models map[string]Model
	// Commands are the area's own, such as detect.
	Commands func(a *App) []*cobra.Command
	// TrainFlags are flags of train that stand for a --set key of the area.
	TrainFlags []SetFlag
	// EvalFlags, PredictFlags and GenerateFlags declare the area's own flags of
	// eval, predict and generate; Job.Test, Model.Predict and Model.Generate read
	// them. Areas that share a name declare it alike.
	EvalFlags, PredictFlags, GenerateFlags func(f *pflag.FlagSet)
	// Previews draw data sets for data preview, by name of the set.
	Previews map[string]func(ctx context.Context, a *App, o PreviewOptions) (image.Image, int, error)
	// TextPreviews return the first examples of data sets that are read, not
	// looked at, as lines.
	TextPreviews map[string]func(ctx context.Context, a *App, o PreviewOptions) ([]string, error)
}

// SetFlag is a flag --Name of train that stands for --set Key=….
type SetFlag struct{ Name, Key, Usage string }

// PreviewOptions say what data preview draws.
type PreviewOptions struct {
	Name    string
	DataDir string
	Offline bool
	Count   int
	Seed    uint64
	// Augment is how pictures are to be changed beside the original, as --set
	// augment says it; empty for not at all.
	Augment string
}

// Recipe is how a model is trained where the user says nothing else.
type Recipe struct {
	Epochs int
	Batch  int
	Solver string
	Rate   float64
	// Set has the further settings that differ from none.
	Set map[string]string
}

// Model is what the command knows of a model.
type Model struct {
	About   string
	Section string   // of the cheatsheet
	Data    []string // sets that it trains on, the default first
	// OtherFiles says that --data-dir is also where the model looks for files that
	// are not of its data set: weights, lists of words.
	OtherFiles bool
	Recipe     // for the default set
	// Recipes are for other sets, where they need another.
	Recipes map[string]Recipe
	// Keys are what --set knows for the model beside the common keys, with what
	// they mean.
	Keys map[string]string
	// Tune chooses what the user left open by what the user did set: given are the
	// flags, changed says which of them count; may be nil.
	Tune func(s *Settings, given Settings, changed func(flag string) bool)
	// Check returns an error for settings that the model cannot take; may be nil.
	Check func(s Settings) error
	// Imported says that the network comes from a file each time: there is none to
	// build or list by itself.
	Imported bool
	// Build makes the model's graph with its loss, in its usual form, for
	// summary, models and check grad.
	Build func(g *graph.Graph, batch int) Built
	// Open opens the model with its data. What a run's checkpoint says of the
	// model is in o.About.
	Open func(ctx context.Context, a *App, s Settings, o OpenOptions) (Job, error)
	// Train trains a model whose loop is not the common one; nil for the others.
	Train func(ctx context.Context, a *App, t *Training) error
	// Predict says what the trained model makes of args; nil where it makes
	// nothing of single inputs.
	Predict func(ctx context.Context, a *App, r *Run, args []string, f *pflag.FlagSet) error
	// Generate makes something new with the trained model; nil where it makes
	// nothing.
	Generate func(ctx context.Context, a *App, r *Run, f *pflag.FlagSet) error
	// PredictInput is how an input of Predict is written in a command to try;
	// "" means PICTURE.png.
	PredictInput string
	// Rename maps the names of tensors in published weights; nil keeps them.
	Rename func(string) string
	// Learnt is the loss below which check overfit counts a batch as learnt by
	// heart; 0 means 0.01.
	Learnt float64
	// Next is what to type after training, %s for the run, and what for.
	Next, NextFor string
}

// RecipeFor returns how the model is trained on a set.
func (m Model) RecipeFor(data string) Recipe {
	r, ok := m.Recipes[data]
	if !ok {
		r = m.Recipe
	}
	r.Set = maps.Clone(r.Set)
	return r
}

// Built is a model's graph.
type Built struct {
	Inputs []*graph.Node
	Output *graph.Node   // what the layers lead to
	Others []*graph.Node // further outputs
	Loss   *graph.Node
	// Feed gives the inputs random values and returns what to run the program
	// with.
	Feed func(r *rand.Rand) []graph.Feed
}

// Outputs returns all that the layers lead to.
func (b Built) Outputs() []*graph.Node { return append([]*graph.Node{b.Output}, b.Others...) }

// OpenOptions say what a model is opened for.
type OpenOptions struct {
	// Card is what the model says of itself; nil for a new run.
	Card *card.Card
	// About is what the checkpoint says of a model without a card; nil for a new
	// run.
	About   json.RawMessage
	Offline bool
	// Flags are those of eval; nil when training.
	Flags *pflag.FlagSet
	// Path is the folder of the run, for pictures that Test draws.
	Path string
	// Weights is the file of weights that eval was given for a model; empty for a
	// run.
	Weights string
}

// Job is a model with its data.
type Job interface {
	// Store has the model's parameters once Build has been called.
	Store() *graph.Store
	Build() error
	// About describes the model for those who open the run: its *card.Card, or
	// what Open needs beside the settings. It is saved with each checkpoint, and
	// again after Test.
	About() any
	// Sizes says how much data there is, as in "4,000 examples to train on".
	Sizes() string
	// Test measures the model on the test part.
	Test(ctx context.Context, a *App) (Result, error)
	Close()
}

// Tasked is a Job that the common loop trains.
type Tasked interface {
	Job
	Task() train.Task
}

// Parted is a Job whose data can be looked through as arrays, for check data.
type Parted interface {
	Parts() []Part
}

// Part is a part of a data set: train, val or test.
type Part struct {
	Name string
	Set  datasets.Dataset
	// Count returns how often each class occurs, where an example has not one
	// label but several: objects in boxes, words. nil means one label each.
	Count func() ([]int, error)
}

// Tuned is a Tasked that has a say in the loop that trains it: a GAN, which takes
// half of each step itself, needs the solver.
type Tuned interface {
	Tasked
	Tune(ctx context.Context, a *App, loop *train.Loop) error
}

// Exemplary is a Job that has a short text of its test part, to be tried.
type Exemplary interface{ Example() string }

// ShortText returns the first of some texts that is a few words long, or "".
func ShortText(texts iter.Seq[string]) string {
	looked := 0
	for s := range texts {
		if n, words := len([]rune(s)), len(strings.Fields(s)); words >= 3 && n <= 60 && !strings.ContainsAny(s, "\n'\"") {
			return s
		}
		if looked++; looked == 500 {
			break
		}
	}
	return ""
}

// Flowing is a Job whose gradients can be followed through its network; see check
// gradients.
type Flowing interface {
	// Flow returns how large the gradient is over time or over depth, with the
	// name of that axis; no flows where there is nothing to follow.
	Flow() (axis string, flows []train.Flow, err error)
}

// Result is what a test gave.
type Result struct {
	// Metrics are those of the done line, in order.
	Metrics  train.Metrics
	Examples int
	// After prints what the user sees after training, before the line of
	// metrics; Report the same for eval. Both may be nil.
	After, Report func(a *App) error
	// Answer returns what the model says of an example of the test part, by the
	// keys of predict --json with what is right beside it; nil where there is
	// nothing to say of single examples.
	Answer func(i int) any
}

// models returns the models of all areas, and the area of each.
func (a *App) models() (map[string]Model, map[string]Area) {
	all, areas := map[string]Model{}, map[string]Area{}
	for _, area := range a.Areas {
		for name, m := range area.Models {
			all[name], areas[name] = m, area
		}
	}
	return all, areas
}

// Models returns the models by name that have a network of their own.
func (a *App) Models() map[string]Model {
	all, _ := a.models()
	maps.DeleteFunc(all, func(_ string, m Model) bool { return m.Imported })
	return all
}

// Shown returns the model of that name, or the network in an ONNX file, to look
// at or to write.
func (a *App) Shown(name string) (Model, error) {
	if IsONNX(name) {
		return imported(name)
	}
	return a.Model(name)
}

// Model returns the model of that name.
func (a *App) Model(name string) (Model, error) {
	all, _ := a.models()
	if m, ok := all[name]; ok {
		return m, nil
	}
	return Model{}, Unknown("model", name, Keys(a.Models()))
}
