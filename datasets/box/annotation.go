package box

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// Limits of annotation files, in bytes. A larger file is refused before it is read.
const (
	maxTextFile = 16 << 20 // one picture's XML or text
	maxCOCOFile = 1 << 30  // a whole data set
)

// ErrTooLarge tells that a file exceeds the limit of its format.
var ErrTooLarge = errors.New("larger than the limit")

// Object is one thing in a picture.
type Object struct {
	Class     string
	Box       Box  // pixels in an Annotation, shares of the picture in Examples
	Difficult bool // hard to see: evaluation neither rewards nor punishes finding it
	Truncated bool // reaches out of the picture
	Crowd     bool // a group that could not be told apart: it need not be found, and finding it is no mistake
	// Area is what the object itself covers, in the units of Box; 0 means that of Box.
	Area float64
}

// Annotation lists what is in one picture.
type Annotation struct {
	Image         string // file name or path
	Width, Height int    // pixels; 0 where the file does not tell
	Objects       []Object
	Lost          int // objects that the file speaks of and that could not be used
}

// Problem is a part of a file that was left out or changed, for the user to see.
type Problem struct{ Where, Reason string }

// String returns "where: reason".
func (p Problem) String() string { return p.Where + ": " + p.Reason }

// add appends o when its box is usable. What reaches out of the picture is cut, what has no area is dropped,
// both with a Problem.
func (a *Annotation) add(o Object, where string) []Problem {
	b := o.Box
	if !b.Valid() {
		a.Lost++
		return []Problem{{where, fmt.Sprintf("box %.6g, %.6g to %.6g, %.6g has no area; dropped", b.X1, b.Y1, b.X2, b.Y2)}}
	}
	var problems []Problem
	if a.Width > 0 && a.Height > 0 {
		o.Box = b.Clip(float64(a.Width), float64(a.Height))
		if !o.Box.Valid() {
			a.Lost++
			return []Problem{{where, fmt.Sprintf("box %.6g, %.6g to %.6g, %.6g lies outside the picture of %d×%d; dropped", b.X1, b.Y1, b.X2, b.Y2, a.Width, a.Height)}}
		}
		const rounding = 1e-3 // pixels: normalised numbers are printed with six digits
		if math.Abs(b.X1-o.Box.X1)+math.Abs(b.Y1-o.Box.Y1)+math.Abs(b.X2-o.Box.X2)+math.Abs(b.Y2-o.Box.Y2) > rounding {
			problems = []Problem{{where, fmt.Sprintf("box %.6g, %.6g to %.6g, %.6g reaches out of the picture of %d×%d; cut", b.X1, b.Y1, b.X2, b.Y2, a.Width, a.Height)}}
		}
	}
	a.Objects = append(a.Objects, o)
	return problems
}

// readLimited returns the content of the file at path, of at most limit bytes. The error does not name the path.
func readLimited(path string, limit int64) ([]byte, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = f.Close() }() // only read
	if info, err := f.Stat(); err == nil && info.Size() > limit {
		return nil, errors.Wrapf(ErrTooLarge, "%d bytes, limit %d", info.Size(), limit)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if int64(len(data)) > limit {
		return nil, errors.Wrapf(ErrTooLarge, "limit %d bytes", limit)
	}
	return data, nil
}

func withoutPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// classNames returns the classes of all objects, sorted.
func classNames(items []Annotation) []string {
	seen := map[string]bool{}
	var names []string
	for _, a := range items {
		for _, o := range a.Objects {
			if !seen[o.Class] {
				seen[o.Class] = true
				names = append(names, o.Class)
			}
		}
	}
	slices.Sort(names)
	return names
}
