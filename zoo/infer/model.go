package infer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// ErrTask is the cause of the error where a model cannot do what it is asked for.
var ErrTask = errors.New("the model has another task")

// ErrClosed is the cause of the error for a model that was closed.
var ErrClosed = errors.New("the model is closed")

// Opts are the settings of Open; the zero value opens runs of the zoo's models.
type Opts struct {
	// Catalog has the models; nil means catalog.Zoo().
	Catalog *catalog.Catalog
	// Weights is a file of weights to use in place of the run's.
	Weights string
	// Model is the name of the model that a file of weights is for.
	Model string
	// Classes are the names of the classes of a file of weights; nil means
	// numbers, or those in imagenet_classes.txt beside the file.
	Classes []string
	// Card describes a file of weights that is not known by its tensors.
	Card *card.Card
	// Threads compute; 0 means all cores.
	Threads int
	// Seed decides the random numbers of a model that draws some.
	Seed uint64
}

// Model is a trained model.
type Model struct {
	card  *card.Card
	entry catalog.Entry
	store *graph.Store
	path  string
	turn  *turn
	// prefix was taken off all names of the file of weights.
	prefix string
}

// Open opens a trained model: the folder of a run, a checkpoint, an ONNX file of
// a classifier of pictures, or a file of weights with Opts.Model.
func Open(path string, o Opts) (*Model, error) {
	models := o.Catalog
	if models == nil {
		models = catalog.Zoo()
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.Wrap(err, "open model")
	}
	var c *card.Card
	weights := path
	switch {
	case info.IsDir():
		if c, weights, err = card.Open(path); err != nil {
			return nil, err
		}
		if o.Weights != "" {
			weights = o.Weights
		}
	case o.Card == nil && o.Model == "" && strings.EqualFold(filepath.Ext(path), ".onnx"):
		return openONNX(models, path, o)
	case o.Card != nil:
		c = o.Card.Clone()
		if err := c.Check(); err != nil {
			return nil, err
		}
	case o.Model == "":
		return nil, errors.Errorf("open model %s: a file of weights does not say what its model is: expected Opts.Model", path)
	default:
		if c, err = publishedCard(models, path, o); err != nil {
			return nil, err
		}
	}
	return newModel(models, c, path, weights, o)
}

// New returns a model whose card and parameters are given, such as one that is in
// training. The parameters must not change while it is used.
func New(models *catalog.Catalog, c *card.Card, store *graph.Store) (*Model, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	e, err := models.Lookup(c.Model)
	if err != nil {
		return nil, err
	}
	return &Model{card: c.Clone(), entry: e, store: store, path: c.Model, turn: newTurn()}, nil
}

func newModel(models *catalog.Catalog, c *card.Card, path, weights string, o Opts) (*Model, error) {
	e, err := models.Lookup(c.Model)
	if err != nil {
		return nil, errors.Wrapf(err, "open model %s", path)
	}
	m := &Model{card: c, entry: e, store: graph.NewStore(graph.Float32, o.Seed), path: path, turn: newTurn()}
	if o.Threads > 0 {
		m.store.SetThreads(o.Threads)
	}
	if err := m.build(); err != nil {
		return nil, errors.Wrapf(err, "open model %s", path)
	}
	rename := func(name string) string {
		if e.Unused != "" && strings.HasPrefix(name, e.Unused+".") {
			return ""
		}
		return e.Renamed(name)
	}
	d, err := checkpoint.Load(weights, m.store, checkpoint.Opts{Rename: rename})
	if err != nil {
		return nil, err
	}
	m.prefix = d.Prefix
	if bad := m.store.NotFinite(); bad != "" {
		return nil, errors.Errorf("open model %s: %s, expected finite numbers", path, bad)
	}
	return m, nil
}

// build makes the parameters, which loading gives values to.
func (m *Model) build() error {
	g := graph.New(m.store, graph.Eval)
	switch m.card.Task {
	case card.Classify:
		net, err := m.entry.Classifier(m.card)
		if err != nil {
			return err
		}
		m.layer(g, net)
	case card.Landmarks:
		net, err := m.entry.Network(m.card)
		if err != nil {
			return err
		}
		m.layer(g, net)
	case card.Embed:
		f, err := m.embedding()
		if err != nil {
			return err
		}
		return f.Build()
	case card.Detect, card.Locate:
		find, err := newDetector(m.entry, m.card, m.store)
		if err != nil {
			return err
		}
		return find.Build()
	default:
		return errors.Errorf("a model of the task %s cannot be used yet", m.card.Task)
	}
	return g.Err()
}

// Card returns what the model says of itself.
func (m *Model) Card() *card.Card { return m.card.Clone() }

// Store returns the parameters, to look at.
func (m *Model) Store() *graph.Store { return m.store }

// Entry returns what the catalog has of the model.
func (m *Model) Entry() catalog.Entry { return m.entry }

// Prefix returns what was taken off all names of the file of weights, such as
// module.; empty where they are the model's.
func (m *Model) Prefix() string { return m.prefix }

// Close waits for the answer that is being computed. Later calls are refused.
func (m *Model) Close() error {
	m.turn.close()
	return nil
}

// is returns an error where the model has none of the tasks.
func (m *Model) is(tasks ...card.Task) error {
	if slices.Contains(tasks, m.card.Task) {
		return nil
	}
	return errors.Wrapf(ErrTask, "%s is a %s, whose task is %s, not %s", m.path, m.card.Model, m.card.Task, join(tasks))
}

func join(tasks []card.Task) string {
	words := make([]string, len(tasks))
	for i, t := range tasks {
		words[i] = string(t)
	}
	return strings.Join(words, " or ")
}

// publishedCard returns the card of a file of weights.
func publishedCard(models *catalog.Catalog, path string, o Opts) (*card.Card, error) {
	e, err := models.Lookup(o.Model)
	if err != nil {
		return nil, errors.Wrapf(err, "open model %s", path)
	}
	p, err := e.Identify(path)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errors.Errorf("open model %s: these weights of a %s are not known by their tensors: expected a run, or Opts.Card", path, o.Model)
	}
	if p.Outputs == 0 {
		return nil, errors.Errorf("open model %s: %s has no last layer: train the model with it to tell classes apart", path, p.Name)
	}
	names := o.Classes
	if names == nil {
		if names, err = catalog.ClassNames("", filepath.Dir(path), p.Outputs); err != nil {
			return nil, err
		}
	}
	if len(names) != p.Outputs {
		return nil, errors.Errorf("open model %s: %d names of classes, the weights have %d", path, len(names), p.Outputs)
	}
	return p.Card(o.Model, names), nil
}
