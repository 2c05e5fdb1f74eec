package cooccur

import (
	"os"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// Entry is X_ij > 0.
type Entry struct {
	Row, Col int32
	Value    float32
}

// Matrix is the symmetric matrix X of the counts, in a file.
type Matrix struct {
	path string
	h    header
	u    units
}

// OpenMatrix opens the file of a matrix that Finish wrote.
func OpenMatrix(path string) (*Matrix, error) {
	r, err := openRun(path, 1<<12)
	if err != nil {
		return nil, errors.Wrap(withoutPath(err), "open co-occurrences "+path)
	}
	r.close()
	return &Matrix{path, r.h, newUnits(r.h.window, r.h.weighting)}, nil
}

// withoutPath strips the path from an error of package os.
func withoutPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Words returns the number of rows and columns.
func (m *Matrix) Words() int { return m.h.words }

// Window returns the largest distance that was counted.
func (m *Matrix) Window() int { return m.h.window }

// Cells calls f with the entries X_ij > 0, i ≤ j, by rows; X_ji is the same.
func (m *Matrix) Cells(f func(text.Cell) error) error {
	return m.each(func(key, count uint64) error {
		w := uint64(m.h.words)
		c := text.Cell{Row: int(key / w), Col: int(key % w), Value: float64(count) / float64(m.u.one)}
		if c.Row == c.Col {
			c.Value *= 2 // both words of the pair are row i
		}
		return f(c)
	})
}

// each calls f with the pairs of the file.
func (m *Matrix) each(f func(key, count uint64) error) error {
	r, err := openRun(m.path, 1<<18)
	if err != nil {
		return errors.Wrap(err, "read co-occurrences")
	}
	defer r.close()
	for {
		more, err := r.next()
		if err != nil {
			return errors.Wrapf(err, "read co-occurrences %s", m.path)
		}
		if !more {
			return nil
		}
		if err := f(r.key, r.count); err != nil {
			return err
		}
	}
}
