package idx

import (
	"slices"
	"strconv"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
)

// Set is a Dataset of images and labels that were read from IDX files. It
// keeps the pixels as bytes.
type Set struct {
	images  []byte // [N, shape...]
	labels  []byte // [N]
	shape   []int
	size    int
	classes []string
}

// NewSet joins images [N, H, W], [N, C, H, W] or [N, D] and labels [N]. An
// example has the shape [1, H, W], [C, H, W] or [D]. Without classes they are
// named by the numbers from 0 to the largest label; with them a label beyond
// is an error.
func NewSet(images, labels *Array, classes []string) (*Set, error) {
	if rank := len(images.Shape); rank < 2 {
		return nil, errors.Wrapf(ErrMismatch, "images have the shape %v, expected 2 to %d dimensions", images.Shape, maxRank)
	}
	if len(labels.Shape) != 1 {
		return nil, errors.Wrapf(ErrMismatch, "labels have the shape %v, expected one dimension", labels.Shape)
	}
	if images.Shape[0] != labels.Shape[0] {
		return nil, errors.Wrapf(ErrMismatch, "%d images, %d labels", images.Shape[0], labels.Shape[0])
	}
	for _, a := range []*Array{images, labels} {
		if n := datasets.Size(a.Shape); n != len(a.Data) {
			return nil, errors.Wrapf(ErrMismatch, "shape %v needs %d bytes, %d are there", a.Shape, n, len(a.Data))
		}
	}
	s := &Set{images: images.Data, labels: labels.Data, classes: classes}
	s.shape = slices.Clone(images.Shape[1:])
	if len(s.shape) == 2 {
		s.shape = slices.Insert(s.shape, 0, 1)
	}
	s.size = datasets.Size(s.shape)
	if s.size == 0 {
		return nil, errors.Wrapf(ErrMismatch, "images have the shape %v: no pixel", images.Shape)
	}
	if classes == nil {
		s.classes = numbered(1 + largest(labels.Data))
		return s, nil
	}
	for i, label := range s.labels {
		if int(label) >= len(classes) {
			return nil, errors.Wrapf(datasets.ErrLabel, "label %d of image %d, expected 0 to %d", label, i, len(classes)-1)
		}
	}
	return s, nil
}

// Len returns the number of images.
func (s *Set) Len() int { return len(s.labels) }

// Shape returns the shape of one image, for instance [1 28 28].
func (s *Set) Shape() []int { return s.shape }

// Classes returns the names of the classes.
func (s *Set) Classes() []string { return s.classes }

// At writes image i into x, each byte divided by 255, and returns its label.
func (s *Set) At(i int, x []float32) (int, error) {
	if i < 0 || i >= len(s.labels) {
		return 0, errors.Wrapf(datasets.ErrRange, "image %d of a set of %d", i, len(s.labels))
	}
	if len(x) != s.size {
		return 0, errors.Wrapf(datasets.ErrShape, "image %d has %d pixels, the buffer holds %d", i, s.size, len(x))
	}
	for j, b := range s.images[i*s.size : (i+1)*s.size] {
		x[j] = float32(b) / 255
	}
	return int(s.labels[i]), nil
}

// largest returns the largest label, or -1 without labels.
func largest(labels []byte) int {
	if len(labels) == 0 {
		return -1
	}
	return int(slices.Max(labels))
}

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}
