package infer

import (
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/onnx"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// openONNX opens the network in an ONNX file. Its metadata say how pictures are
// prepared and what the classes are where hocsau wrote it; else pictures have
// ImageNet's normalisation, and the classes numbers.
func openONNX(models *catalog.Catalog, path string, o Opts) (*Model, error) {
	file, err := onnx.Open(path)
	if err != nil {
		return nil, err
	}
	c, err := catalog.ImportedCard(file)
	if err != nil {
		return nil, errors.Wrapf(err, "open model %s", path)
	}
	outputs, err := catalog.ImportedOutputs(c)
	if err != nil {
		return nil, errors.Wrapf(err, "open model %s", path)
	}
	switch {
	case o.Classes != nil:
		c.Classes = o.Classes
	case c.Classes == nil:
		if c.Classes, err = catalog.ClassNames("", filepath.Dir(path), outputs); err != nil {
			return nil, err
		}
	}
	if len(c.Classes) != outputs {
		return nil, errors.Errorf("open model %s: %d names of classes, the network has %d outputs", path, len(c.Classes), outputs)
	}
	e, err := models.Lookup(catalog.Imported)
	if err != nil {
		return nil, err
	}
	m := &Model{card: c, entry: e, store: graph.NewStore(graph.Float32, o.Seed), path: path, turn: newTurn()}
	if o.Threads > 0 {
		m.store.SetThreads(o.Threads)
	}
	if err := m.build(); err != nil {
		return nil, errors.Wrapf(err, "open model %s", path)
	}
	if err := file.Load(m.store); err != nil {
		return nil, err
	}
	return m, nil
}
