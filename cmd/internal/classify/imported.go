package classify

import (
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/onnx"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/infer"
)

// importedCard returns the card of a network that is to be trained further, with a
// new last layer for the classes of the data.
func importedCard(s run.Settings, weights string) (*card.Card, error) {
	if !run.IsONNX(weights) {
		return nil, run.Usagef("%s: expected --weights with the ONNX file of a network, found %q", catalog.Imported, weights)
	}
	m, err := onnx.Open(weights)
	if err != nil {
		return nil, err
	}
	c, err := catalog.ImportedCard(m)
	if err != nil {
		return nil, err
	}
	c.Data, c.NewHead, c.Classes, c.Familiar = s.Data, true, nil, nil
	if s.Text("frame", "") != "" {
		c.Input.Fit = card.Fit(s.Text("frame", ""))
	}
	side, err := s.Int("size", 0, 8)
	if err != nil || side == 0 {
		return c, err
	}
	if own := m.Inputs()[0].Shape; own[2] >= 0 && own[2] != side {
		return nil, run.Usagef("--set size=%d: the network of %s takes pictures of %d×%d", side, weights, own[2], own[3])
	}
	c.Input.Shape[1], c.Input.Shape[2] = side, side
	return c, nil
}

// startImported gives the parameters the numbers of the ONNX file; the last layer
// is new.
func startImported(store *graph.Store, path string) (fresh []string, err error) {
	m, err := onnx.Open(path)
	if err != nil {
		return nil, err
	}
	if err := m.Load(store); err != nil {
		return nil, err
	}
	for _, p := range store.Params() {
		if strings.HasPrefix(p.Name(), "head.") {
			fresh = append(fresh, p.Name())
		}
	}
	return fresh, nil
}

// calibrated is how many training pictures decide the mean and scale of features.
const calibrated = 256

// calibrate brings the features of a new last layer to a mean of 0 and a
// deviation of 1 over training pictures, evenly chosen.
func (j *job) calibrate() error {
	build, err := j.Classifier(j.card)
	if err != nil {
		return err
	}
	all := j.data.train.Len()
	chosen := make([]int, min(all, calibrated))
	for i := range chosen {
		chosen[i] = i * all / len(chosen)
	}
	some, err := datasets.Subset(j.data.train, chosen)
	if err != nil {
		return err
	}
	features, err := train.Features(j.Store(), func(s graph.Scope) nn.Layer {
		m, _ := build(s).(trunked)
		return trunk{m, false}
	}, some)
	if err != nil {
		return err
	}
	b, err := datasets.First(features, len(chosen))
	if err != nil {
		return err
	}
	return catalog.Calibrate(j.Store(), b.X)
}

// openImported opens an ONNX file; classes is a file with the names of the
// classes, "" where none is given.
func openImported(r *run.Run, classes string) (*infer.Model, error) {
	o := infer.Opts{Catalog: r.Catalog}
	m, err := infer.Open(r.Path, o)
	if err != nil || classes == "" {
		return m, err
	}
	count := len(m.Card().Classes)
	if err := m.Close(); err != nil {
		return nil, err
	}
	if o.Classes, err = catalog.ClassNames(classes, "", count); err != nil {
		return nil, err
	}
	return infer.Open(r.Path, o)
}
