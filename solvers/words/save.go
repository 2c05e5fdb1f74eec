package words

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/safetensors"
)

// Keys of the metadata of a saved trainer.
const (
	settingsKey = "settings"
	progressKey = "progress"
)

// place is how far a trainer is.
type place struct {
	Epoch int     `json:"epoch"`
	Part  int     `json:"part"` // round or unit of the epoch
	Loss  float64 `json:"loss"` // sums over the epoch
	Count int64   `json:"count"`
	Words int64   `json:"words"`
}

// table is a named array of a trainer.
type table struct {
	name string
	data []float32
}

func save(path, settings string, p place, tables []table) error {
	progress, err := json.Marshal(p)
	if err != nil {
		return errors.Wrapf(err, "save %s", path)
	}
	var tensors []safetensors.Tensor
	for _, t := range tables {
		tensors = append(tensors, safetensors.FromFloat32s(t.name, []int{len(t.data)}, t.data))
	}
	return safetensors.WriteFile(path, tensors, map[string]string{settingsKey: settings, progressKey: string(progress)})
}

// restore reads all tables before it changes any.
func restore(path, settings string, tables []table) (place, error) {
	p, err := restoreTables(path, settings, tables)
	return p, errors.Wrapf(err, "restore %s", path)
}

func restoreTables(path, settings string, tables []table) (p place, err error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return p, err
	}
	defer func() { _ = f.Close() }()             // only read
	earlier := regexp.MustCompile(` epochs=\d+`) // in what earlier versions saved
	if got := earlier.ReplaceAllString(f.Metadata[settingsKey], ""); got != settings {
		return p, errors.Errorf("found a trainer of %q, expected %q", got, settings)
	}
	if err := json.Unmarshal([]byte(f.Metadata[progressKey]), &p); err != nil || p.Epoch < 0 || p.Part < 0 {
		return p, errors.Errorf("found the progress %q, expected epoch, part from 0", f.Metadata[progressKey])
	}
	read := make([][]float32, len(tables))
	for i, t := range tables {
		if dtype, shape, _ := f.Info(t.name); dtype != safetensors.F32 || !slices.Equal(shape, []int{len(t.data)}) {
			return p, errors.Errorf("tensor %q: found %s %v, expected F32 [%d]", t.name, dtype, shape, len(t.data))
		}
		x, err := f.Tensor(t.name)
		if err != nil {
			return p, err
		}
		if read[i], err = x.Float32s(); err != nil {
			return p, err
		}
	}
	for i, t := range tables {
		copy(t.data, read[i])
	}
	return p, nil
}

func (g *GloVe) settings() string {
	return fmt.Sprintf("glove words=%d entries=%d side=%d dim=%d x_max=%v alpha=%v rate=%v clip=%v seed=%d",
		g.x.Words(), g.x.Len(), g.x.Side(), g.dim, g.o.XMax, g.o.Alpha, g.o.Rate, g.o.Clip, g.o.Seed)
}

func (g *GloVe) tables() []table {
	return []table{{"theta", g.theta}, {"e", g.e}, {"theta.bias", g.thetaB}, {"e.bias", g.eB},
		{"theta.bias.squares", g.thetaB2}, {"e.bias.squares", g.eB2}}
}

// Save writes all that Train needs to go on to the file path.
func (g *GloVe) Save(path string) error {
	return save(path, g.settings(), place{Epoch: g.epoch, Part: g.round, Loss: g.cost, Count: g.done}, g.tables())
}

// Restore takes over what Save wrote for the same matrix and settings; Epochs and Threads may differ.
func (g *GloVe) Restore(path string) error {
	p, err := restore(path, g.settings(), g.tables())
	if err != nil {
		return err
	}
	g.epoch, g.round, g.cost, g.done = p.Epoch, p.Part, p.Loss, p.Count
	return nil
}

func (w *Word2Vec) settings() string {
	kind := "skipgram"
	if w.o.CBOW {
		kind = "cbow"
	}
	return fmt.Sprintf("%s words=%d text=%d sentences=%d dim=%d window=%d negative=%d sample=%v rate=%v seed=%d", kind,
		w.corpus.Words(), w.corpus.Len(), len(w.corpus.ends), w.o.Dim, w.o.Window, w.o.Negative, w.o.Sample, w.o.Rate, w.o.Seed)
}

func (w *Word2Vec) tables() []table { return []table{{"e", w.e}, {"theta", w.theta}} }

// Save writes all that Train needs to go on to the file path.
func (w *Word2Vec) Save(path string) error {
	p := place{Epoch: w.epoch, Part: w.unit, Loss: w.cost.loss, Count: w.cost.centres, Words: w.cost.words}
	return save(path, w.settings(), p, w.tables())
}

// Restore takes over what Save wrote for the same corpus and settings; Epochs and
// Threads may differ. With other Epochs the rate goes on as it would be there had
// they been the same from the beginning.
func (w *Word2Vec) Restore(path string) error {
	p, err := restore(path, w.settings(), w.tables())
	if err != nil {
		return err
	}
	w.epoch, w.unit = p.Epoch, min(p.Part, len(w.units))
	w.cost = tally{words: p.Words, loss: p.Loss, centres: p.Count}
	return nil
}
