package detect

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/image"
)

// marks are pictures with key points, from a folder with landmarks.csv.
type marks struct {
	files  []string
	points [][]float64 // of each picture, shares
	o      options
}

// openMarks reads a folder's landmarks.csv: a line a picture, its file, then
// l_1x, l_1y, l_2x, … in pixels. A first line of names is passed over.
func openMarks(dir string, o options) (*marks, error) {
	path := filepath.Join(dir, "landmarks.csv")
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Errorf("folder %s: no landmarks.csv, expected lines of a file with its points x, y in pixels", dir)
	}
	defer func() { _ = f.Close() }() // only read
	r := csv.NewReader(f)
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, errors.Wrapf(err, "read %s", path)
	}
	m := &marks{o: o}
	for i, row := range rows {
		if len(row) < 3 || len(row)%2 == 0 {
			return nil, errors.Errorf("read %s: line %d has %d fields, expected a file with pairs of x, y", path, i+1, len(row))
		}
		if _, err := strconv.ParseFloat(row[1], 64); err != nil && i == 0 {
			continue
		}
		file := filepath.FromSlash(strings.TrimSpace(row[0]))
		if !filepath.IsLocal(file) {
			return nil, errors.Errorf("read %s: line %d: %s leads out of the folder", path, i+1, file)
		}
		file = filepath.Join(dir, file)
		w, h, err := image.Size(file, image.Options{})
		if err != nil {
			return nil, errors.Wrapf(err, "read %s: line %d", path, i+1)
		}
		var list []float64
		for k, text := range row[1:] {
			v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil || v-v != 0 {
				return nil, errors.Errorf("read %s: line %d: %q, expected a number", path, i+1, text)
			}
			list = append(list, v/float64([]int{w, h}[k%2]))
		}
		m.files, m.points = append(m.files, file), append(m.points, list)
	}
	if len(m.files) < 3 {
		return nil, errors.Errorf("read %s: %d pictures, expected at least 3", path, len(m.files))
	}
	return m, nil
}

func (m *marks) Len() int                       { return len(m.files) }
func (m *marks) Shape() []int                   { return []int{3, m.o.height, m.o.width} }
func (m *marks) Classes() []string              { return nil }
func (m *marks) Points() int                    { return len(m.points[0]) / 2 }
func (m *marks) Marks(i int) ([]float64, error) { return m.points[i], nil }
func (m *marks) At(i int, x []float32) (int, error) {
	p, err := image.Read(m.files[i], image.Options{})
	if err != nil {
		return 0, err
	}
	if p, err = p.Resize(m.o.height, m.o.width, image.Stretch); err != nil {
		return 0, err
	}
	copy(x, p.Pix)
	return 0, nil
}

// someMarked are some of the pictures of a set.
type someMarked struct {
	marked
	indices []int
}

func (s someMarked) Len() int                           { return len(s.indices) }
func (s someMarked) At(i int, x []float32) (int, error) { return s.marked.At(s.indices[i], x) }
func (s someMarked) Marks(i int) ([]float64, error)     { return s.marked.Marks(s.indices[i]) }

// splitMarked divides a set at random into a share, at least one, and the rest.
func splitMarked(m marked, share float64, seed uint64) (rest, part marked, err error) {
	n := m.Len()
	if n < 2 {
		return nil, nil, errors.Errorf("split %d pictures: expected at least two", n)
	}
	k := min(max(int(share*float64(n)+0.5), 1), n-1)
	order := rand.New(rand.NewPCG(seed, uint64(n))).Perm(n)
	slices.Sort(order[:k])
	slices.Sort(order[k:])
	return someMarked{m, order[k:]}, someMarked{m, order[:k]}, nil
}
