package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo/card"
)

// ErrUnknown is the cause of the error for a model that the catalog lacks.
var ErrUnknown = errors.New("unknown model")

// Catalog has models by name.
type Catalog struct {
	entries map[string]Entry
}

// Entry is what is known of a model.
type Entry struct {
	Name    string
	About   string
	Section string // of the cheatsheet
	Task    card.Task
	// Data has the sets that it trains on by name, the default first.
	Data []string
	// Recipe is how it is trained on the first of Data; Recipes are for sets that
	// need another.
	Recipe  Recipe
	Recipes map[string]Recipe
	// Shape is that of one input [C, H, W] and Classes how many there are, where
	// no data set says so.
	Shape   []int
	Classes int
	// Head is the last layer by name; Late are the layers before it that are
	// trained again where there is some data of a new kind.
	Head string
	Late []string
	// Unused is the first part of the names of parameters that only training
	// uses; empty where there are none.
	Unused string
	// Rename maps the names of tensors in published weights; nil keeps them.
	Rename func(name string) string
	// Layer returns the settings of a network with one input, bound to what the
	// function beside it builds: from pictures [N, C, H, W] to logits
	// [N, classes] for Classify, to raw boxes of a grid for Detect, to the raw
	// answers of a localiser or of landmarks.
	Layer func() (Form, func(s graph.Scope, c *card.Card) nn.Layer)
	// Regions says how a detector without Layer looks at regions.
	Regions Regions
}

// Recipe is how a model is trained where the user says nothing else.
type Recipe struct {
	Epochs int
	Batch  int
	Solver string // by name, as solvers.New has it
	Rate   float64
	// Set has the further settings that differ from the usual ones, by the names
	// that --set has for them.
	Set map[string]string
}

// New returns a catalog without models.
func New() *Catalog { return &Catalog{entries: map[string]Entry{}} }

// Zoo returns the catalog of the zoo's models.
func Zoo() *Catalog {
	c := New()
	for _, list := range [][]Entry{classifiers(), detectors(), embedders()} {
		for _, e := range list {
			c.entries[e.Name] = e
		}
	}
	return c
}

// Add adds a model. It returns an error for a name that is taken, or an entry
// without what its task needs.
func (c *Catalog) Add(e Entry) error {
	if e.Name == "" || strings.ContainsAny(e.Name, " /\\:=,*?[]") {
		return errors.Errorf("add model %q to the catalog: expected a name without blanks and signs of paths", e.Name)
	}
	if _, ok := c.entries[e.Name]; ok {
		return errors.Errorf("add model %s to the catalog: there is one of that name", e.Name)
	}
	if e.Task == card.Classify && e.Layer == nil {
		return errors.Errorf("add model %s to the catalog: a classifier without Layer", e.Name)
	}
	if len(e.Data) == 0 {
		return errors.Errorf("add model %s to the catalog: no data set, expected the names of some", e.Name)
	}
	c.entries[e.Name] = e
	return nil
}

// Lookup returns the model of that name.
func (c *Catalog) Lookup(name string) (Entry, error) {
	if e, ok := c.entries[name]; ok {
		return e, nil
	}
	return Entry{}, errors.Wrapf(ErrUnknown, "%q, expected one of %s", name, strings.Join(c.Names(), ", "))
}

// Names returns the names of the models, sorted.
func (c *Catalog) Names() []string { return slices.Sorted(maps.Keys(c.entries)) }

// Of returns the models of a task, sorted by name.
func (c *Catalog) Of(task card.Task) []Entry {
	var list []Entry
	for _, name := range c.Names() {
		if e := c.entries[name]; e.Task == task {
			list = append(list, e)
		}
	}
	return list
}

// RecipeFor returns how the model is trained on a set.
func (e Entry) RecipeFor(data string) Recipe {
	r, ok := e.Recipes[data]
	if !ok {
		r = e.Recipe
	}
	r.Set = maps.Clone(r.Set)
	return r
}

// Form returns the settings of the network with their usual values.
func (e Entry) Form() Form {
	if e.Layer == nil {
		return nil
	}
	f, _ := e.Layer()
	return f
}

// Resolve returns all settings of the network: the usual ones, over them those
// of set that it knows.
func (e Entry) Resolve(set map[string]string) (map[string]string, error) {
	f := e.Form()
	if _, err := f.Set(set); err != nil {
		return nil, errors.Wrap(err, e.Name)
	}
	return f.Values(), nil
}

// Input returns how pictures of the usual size become inputs, without a
// normalisation.
func (e Entry) Input() *card.Input {
	return &card.Input{Shape: slices.Clone(e.Shape), Fit: card.Crop}
}

// Classifier returns what builds the network that a card describes.
func (e Entry) Classifier(c *card.Card) (func(s graph.Scope) nn.Layer, error) {
	if e.Task != card.Classify {
		return nil, errors.Errorf("model %s is no classifier, its task is %s", e.Name, e.Task)
	}
	return e.Network(c)
}

// Network returns what builds the network with one input that a card describes.
func (e Entry) Network(c *card.Card) (func(s graph.Scope) nn.Layer, error) {
	if e.Layer == nil {
		return nil, errors.Errorf("model %s has no network with one input", e.Name)
	}
	f, build := e.Layer()
	if err := set(f, c); err != nil {
		return nil, err
	}
	return func(s graph.Scope) nn.Layer { return build(s, c) }, nil
}

// set gives a form the values of a card.
func set(f Form, c *card.Card) error {
	unknown, err := f.Set(c.Form)
	if err != nil {
		return errors.Wrapf(err, "the card of model %s", c.Model)
	}
	if len(unknown) > 0 {
		return errors.Errorf("the card of model %s has the unknown settings %s", c.Model, strings.Join(unknown, ", "))
	}
	return nil
}

// Renamed returns the model's name for a tensor of a file.
func (e Entry) Renamed(name string) string {
	if e.Rename == nil {
		return name
	}
	return e.Rename(name)
}
