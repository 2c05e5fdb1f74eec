package gallery

import (
	"encoding/json"
	"io/fs"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/safetensors"
)

// Errors of this package, to be tested with errors.Is.
var (
	// ErrCorrupt means that a file holds no gallery.
	ErrCorrupt = errors.New("not a gallery")
	// ErrOtherModel means that a gallery has the embeddings of another model.
	ErrOtherModel = errors.New("gallery of another model")
)

// Gallery is a database of people, each with one embedding or more.
type Gallery struct {
	model string
	index *Index
	names []string // of each row
}

// New makes an empty gallery for embeddings of so many numbers. The model is any
// text that tells the network which makes them from others: the numbers of two
// networks cannot be compared.
func New(dim int, model string) *Gallery { return &Gallery{model: model, index: NewIndex(dim)} }

// Len returns the number of embeddings.
func (g *Gallery) Len() int { return len(g.names) }

// Names returns the people in order of their first embedding.
func (g *Gallery) Names() []string {
	var names []string
	seen := map[string]bool{}
	for _, name := range g.names {
		if !seen[name] {
			names = append(names, name)
		}
		seen[name] = true
	}
	return names
}

// Enroll adds embeddings [N, dim] of a person.
func (g *Gallery) Enroll(name string, embeddings []float32) error {
	if name == "" {
		return errors.New("enrol someone without a name")
	}
	if len(embeddings) == 0 {
		return errors.Errorf("enrol %s without an embedding", name)
	}
	if err := g.index.Add(embeddings); err != nil {
		return errors.Wrapf(err, "enrol %s", name)
	}
	for range len(embeddings) / g.index.dim {
		g.names = append(g.names, name)
	}
	return nil
}

// Answer is who an embedding shows.
type Answer struct {
	Name  string // the nearest person; "" in an empty gallery
	Known bool   // the distance is within the threshold
	// Distance is squared, to the nearest embedding of the person.
	Distance float64
	// Nearest are the next people with their distances, the first being Name.
	Nearest []Match
}

// Match is a person with the squared distance to the nearest of its embeddings.
type Match struct {
	Name     string  `json:"name"`
	Distance float64 `json:"distance"`
}

const (
	shown    = 3  // people that an Answer names, where their embeddings are among
	mostRows = 64 // the nearest so many
)

// Identify says whom queries [Q, dim] show: the nearest person, known where the
// squared distance is at most threshold. Nobody is known in an empty gallery.
func (g *Gallery) Identify(queries []float32, threshold float64) ([]Answer, error) {
	if math.IsNaN(threshold) {
		return nil, errors.New("identify: the threshold is NaN")
	}
	most := 0 // embeddings of one person
	count := map[string]int{}
	for _, name := range g.names {
		count[name]++
		most = max(most, count[name])
	}
	found, err := g.index.Nearest(queries, max(1, min(shown*most, mostRows)))
	if err != nil {
		return nil, errors.Wrap(err, "identify")
	}
	answers := make([]Answer, len(found))
	for i, rows := range found {
		a := &answers[i]
		a.Distance = math.Inf(1)
		for _, r := range rows {
			name := g.names[r.Row]
			if len(a.Nearest) < shown && !slices.ContainsFunc(a.Nearest, func(m Match) bool { return m.Name == name }) {
				a.Nearest = append(a.Nearest, Match{name, r.Distance})
			}
		}
		if len(a.Nearest) > 0 {
			a.Name, a.Distance = a.Nearest[0].Name, a.Nearest[0].Distance
			a.Known = a.Distance <= threshold
		}
	}
	return answers, nil
}

// The names in a gallery's file.
const (
	embeddingsName = "embeddings"
	namesKey       = "names"
	modelKey       = "model"
)

// Save writes the gallery to the file at path, which is replaced as a whole.
func (g *Gallery) Save(path string) error {
	names, err := json.Marshal(g.names)
	if err != nil {
		return errors.Wrapf(err, "save gallery %s", path)
	}
	t := safetensors.FromFloat32s(embeddingsName, []int{g.Len(), g.index.dim}, g.index.rows)
	err = safetensors.WriteFile(path, []safetensors.Tensor{t}, map[string]string{namesKey: string(names), modelKey: g.model})
	return errors.Wrapf(err, "save gallery %s", path)
}

// Load reads the gallery in the file at path, of embeddings of so many numbers by
// a model. Where there is no file the error's cause is fs.ErrNotExist; a file that
// holds something else is ErrCorrupt, one of another model ErrOtherModel.
func Load(path string, dim int, model string) (*Gallery, error) {
	f, err := safetensors.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Wrapf(err, "load gallery %s", path)
	}
	if err != nil {
		return nil, errors.Wrapf(ErrCorrupt, "load gallery %s: %v", path, err)
	}
	defer f.Close()
	corrupt := func(format string, args ...any) error {
		return errors.Wrapf(ErrCorrupt, "load gallery %s: %s", path, errors.Errorf(format, args...))
	}
	_, shape, ok := f.Info(embeddingsName)
	if !ok || len(shape) != 2 {
		return nil, corrupt("tensor %s of shape %v, expected rows", embeddingsName, shape)
	}
	made := f.Metadata[modelKey]
	if shape[1] != dim || made != model {
		return nil, errors.Wrapf(ErrOtherModel, "load gallery %s: embeddings of %d numbers by %q, expected %d by %q", path, shape[1], made, dim, model)
	}
	var names []string
	if err := json.Unmarshal([]byte(f.Metadata[namesKey]), &names); err != nil {
		return nil, corrupt("names: %v", err)
	}
	if len(names) != shape[0] {
		return nil, corrupt("%d names of %d embeddings", len(names), shape[0])
	}
	t, err := f.Tensor(embeddingsName)
	if err != nil {
		return nil, corrupt("%v", err)
	}
	rows, err := t.Float32s()
	if err != nil {
		return nil, corrupt("%v", err)
	}
	g := New(dim, model)
	if err := g.index.Add(rows); err != nil {
		return nil, corrupt("%v", err)
	}
	g.names = names
	return g, nil
}
