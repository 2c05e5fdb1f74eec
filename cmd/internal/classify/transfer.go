package classify

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// The regimes of transfer learning, by how much data of the new kind there is.
//
// Source: cheatsheet §3.3.1.
const (
	small  = "small"  // all layers frozen but the new softmax
	medium = "medium" // most layers frozen, the last ones trained with the softmax
	large  = "large"  // all layers trained, from the given weights
)

const regimeUsage = "with weights: small (train a new last layer alone), medium (the last layers too) or large (everything); also --regime"

// transfer is how a model starts from weights.
type transfer struct {
	weights string
	regime  string   // "" where none is named
	freeze  []string // prefixes, beside what the regime freezes
}

// transferOf reads the settings of transfer learning.
func (n network) transferOf(s run.Settings) (transfer, error) {
	weights, err := run.WeightsFile(s.Text("weights", ""))
	t := transfer{weights: weights}
	if err != nil {
		return t, err
	}
	if t.regime, err = s.OneOf("regime", "", small, medium, large); err != nil {
		return t, err
	}
	if t.regime != "" && t.weights == "" {
		return t, run.Usagef("--regime %s: expected --weights with the file to start from", t.regime)
	}
	if t.regime == medium && len(n.Late) == 0 {
		return t, run.Usagef("--regime medium: %s has no layers between its first and its last; small and large are the choices", s.Model)
	}
	for _, p := range strings.Split(s.Text("freeze", ""), ",") {
		if p = strings.TrimSpace(p); p != "" {
			t.freeze = append(t.freeze, p)
		}
	}
	return t, nil
}

// tune chooses how a model is trained again from weights: in small steps, and of
// the small regime, where an epoch costs next to nothing, in many epochs, on
// pictures as they are.
func tune(s *run.Settings, given run.Settings, changed func(flag string) bool) {
	var epochs int
	var rate float64
	switch s.Text("regime", "") {
	case small:
		epochs, rate = 60, 3e-3
	case medium:
		epochs, rate = 6, 1e-3
	case large:
		epochs, rate = 6, 5e-4
	default:
		return
	}
	if !changed("epochs") {
		s.Epochs = epochs
	}
	if !changed("solver") {
		s.Solver = "adam"
		if !changed("lr") {
			s.LR = rate
		}
	}
	if _, wanted := given.Set["augment"]; !wanted && s.Text("regime", "") == small {
		delete(s.Set, "augment")
	}
}

// start gives the parameters of the store, which the job has built, the weights
// of the file. The last layer is a new one where a regime is named, or where that
// of the file is for other classes. It returns what is new.
func (t transfer) start(a *run.App, store *graph.Store, n network) (fresh []string, err error) {
	if n.Name == catalog.Imported {
		return startImported(store, t.weights)
	}
	keep, err := t.newLayers(store, n)
	if err != nil {
		return nil, err
	}
	d, err := checkpoint.Load(t.weights, store, checkpoint.Opts{Rename: n.Rename, Keep: keep})
	if err != nil {
		return nil, err
	}
	run.NotePrefix(a.Err, t.weights, d.Prefix)
	for _, p := range store.Params() {
		if slices.ContainsFunc(keep, func(k string) bool { return strings.HasPrefix(p.Name(), k+".") }) {
			fresh = append(fresh, p.Name())
		}
	}
	return fresh, nil
}

// newLayers returns the layers that the weights do not decide.
func (t transfer) newLayers(store *graph.Store, n network) ([]string, error) {
	keep := []string{"aux1", "aux2"} // an Inception network's heads in training
	f, err := n.Open(t.weights)
	if err != nil {
		return nil, errors.Wrap(err, "load weights")
	}
	defer f.Close()
	fits := false
	for _, name := range f.Names() {
		if n.Renamed(name) != n.Head+".weight" {
			continue
		}
		if p := store.Param(n.Head + ".weight"); p != nil {
			_, shape, _ := f.Info(name)
			fits = slices.Equal(shape, p.Shape())
		}
	}
	if t.regime != "" || !fits {
		keep = append(keep, n.Head)
	}
	return keep, nil
}

// frozen freezes the layers that are not to be trained.
func (t transfer) frozen(store *graph.Store, n network) error {
	switch t.regime {
	case small:
		store.FreezeAllBut(n.Head)
	case medium:
		store.FreezeAllBut(append([]string{n.Head}, n.Late...)...)
	}
	for _, prefix := range t.freeze {
		prefix = strings.TrimSuffix(prefix, ".")
		known := slices.ContainsFunc(store.Params(), func(p *graph.Param) bool {
			return p.Name() == prefix || strings.HasPrefix(p.Name(), prefix+".")
		})
		if !known {
			return run.Usagef("--freeze %s: no parameter begins with it; %s summary lists the layers", prefix, run.Self())
		}
		store.Freeze(prefix)
	}
	if !slices.ContainsFunc(store.Params(), func(p *graph.Param) bool { return !p.IsBuffer() && !store.Frozen(p.Name()) }) {
		return run.Usagef("--freeze: all parameters are frozen, expected some to train")
	}
	return nil
}

// transferTo makes the job start from weights, or go on with the run whose last
// checkpoint is in dir, with what is to be frozen frozen.
func (j *job) transferTo(a *run.App, dir string) error {
	n := j.network
	t, err := n.transferOf(j.settings)
	if err != nil || t.weights == "" && len(t.freeze) == 0 {
		return err
	}
	store := j.Store()
	if err := j.Build(); err != nil {
		return err
	}
	switch {
	case dir != "":
		if _, err := checkpoint.Load(filepath.Join(dir, train.LastDir, train.ModelFile), store, checkpoint.Opts{}); err != nil {
			return err
		}
	case t.weights != "":
		fresh, err := t.start(a, store, n)
		if err != nil {
			return err
		}
		if n.Name == catalog.Imported {
			if err := j.calibrate(); err != nil {
				return err
			}
		}
		if !a.JSON {
			fmt.Fprintf(a.Out, "weights of %s; new: %s\n", t.weights, run.OrElse(strings.Join(fresh, ", "), "nothing"))
		}
	}
	if err := t.frozen(store, n); err != nil {
		return err
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "training %s of %s parameters\n", run.Thousands(trained(store)), run.Thousands(run.Parameters(store)))
	}
	return j.keepFeatures(a, t)
}

// trained returns the number of parameters that are not frozen.
func trained(store *graph.Store) int {
	n := 0
	for _, p := range store.Params() {
		if !p.IsBuffer() && !store.Frozen(p.Name()) {
			n += p.Len()
		}
	}
	return n
}

// maxFeatures is how many bytes of kept features are worth the memory.
const maxFeatures = 1 << 30

// keepFeatures computes once what the frozen part of the network makes of the
// pictures, and makes the job train the last layer on that. Where the pictures
// change from epoch to epoch, or the features would be too many, nothing happens.
func (j *job) keepFeatures(a *run.App, t transfer) error {
	if t.regime != small || j.settings.Text("augment", "none") != "none" {
		return nil
	}
	build, err := j.Classifier(j.card)
	if err != nil {
		return err
	}
	g := graph.New(j.Store(), graph.Eval)
	model, ok := build(g.Scope()).(trunked)
	if !ok {
		return nil
	}
	pooled := poolsFirst(model)
	one := trunk{model, pooled}.Forward(g.Input("x", append([]int{1}, j.card.Input.Shape...)...))
	if err := g.Err(); err != nil {
		return err
	}
	examples := j.data.train.Len() + j.data.test.Len()
	if j.data.val != nil {
		examples += j.data.val.Len()
	}
	if bytes := 4 * examples * size(one.Shape()); bytes > maxFeatures {
		if !a.JSON {
			fmt.Fprintf(a.Out, "the features of %s pictures are %d MB, too many to keep: each epoch computes them again\n", run.Thousands(examples), bytes>>20)
		}
		return nil
	}
	features := *j.data
	for _, part := range []struct {
		from datasets.Dataset
		to   *datasets.Dataset
	}{{j.data.train, &features.train}, {j.data.val, &features.val}, {j.data.test, &features.test}} {
		if part.from == nil {
			continue
		}
		f, err := train.Features(j.Store(), func(s graph.Scope) nn.Layer {
			m, _ := build(s).(trunked)
			return trunk{m, pooled}
		}, part.from)
		if err != nil {
			return err
		}
		*part.to = f
	}
	j.task.Close()
	s := j.settings
	task, err := train.NewClassifier(j.Store(), func(sc graph.Scope) nn.Layer {
		m, _ := build(sc).(trunked)
		return head{m}
	}, features.train, features.val, train.ClassifierOpts{Batch: s.Batch, DropLast: s.DropLast, Seed: s.Seed})
	if err != nil {
		return err
	}
	j.task, j.tested = task, features.test
	return nil
}

// trunk is the part of a network below its head, with the maps averaged where
// the head begins with that.
type trunk struct {
	model  trunked
	pooled bool
}

func (t trunk) Forward(x *graph.Node) *graph.Node {
	maps := t.model.Features(x)
	if !t.pooled {
		return maps
	}
	pooled := maps.GlobalAvgPool()
	return pooled.Reshape(-1, pooled.Dim(1), 1, 1) // of which the average is itself
}

type head struct{ model trunked }

func (h head) Forward(features *graph.Node) *graph.Node { return h.model.Head(features) }

// poolsFirst reports whether the head begins with the average over the plane.
func poolsFirst(m trunked) bool {
	switch m.(type) {
	case *zoo.ResNet, *zoo.CIFARResNet, *zoo.GoogLeNet:
		return true
	}
	return false
}
