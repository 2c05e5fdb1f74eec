package datasets

import "slices"

// Part is a part of a picture, as shares of its height and width.
type Part struct{ Top, Left, Height, Width float64 }

// ReadPart is At of a part of example i, brought to the size of an example.
type ReadPart = func(i int, x []float32, p Part) (label int, err error)

// PartReader is a set, or a view of one, whose pictures can be read in part at
// the resolution of their files: a part of a large picture is sharper than that of
// the example that was made small.
type PartReader interface {
	// Parts returns what reads parts; nil for a view of a set that has none.
	Parts() ReadPart
}

// Parts returns what reads parts of d, nil for a set that cannot.
func Parts(d Dataset) ReadPart {
	if r, ok := d.(PartReader); ok {
		return r.Parts()
	}
	return nil
}

// Parts implements PartReader.
func (s *subset) Parts() ReadPart {
	read := Parts(s.Dataset)
	if read == nil {
		return nil
	}
	return func(i int, x []float32, p Part) (int, error) {
		if err := checkAt(i, len(s.indices), x, len(x)); err != nil {
			return 0, err
		}
		return read(s.indices[i], x, p)
	}
}

// Parts implements PartReader.
func (s *ofClasses) Parts() ReadPart {
	read := s.subset.Parts()
	if read == nil {
		return nil
	}
	return func(i int, x []float32, p Part) (int, error) {
		label, err := read(i, x, p)
		if err != nil {
			return 0, err
		}
		return s.label[label], nil
	}
}

// Parts implements PartReader.
func (c *concat) Parts() ReadPart {
	reads := make([]ReadPart, len(c.parts))
	for k, d := range c.parts {
		if reads[k] = Parts(d); reads[k] == nil {
			return nil
		}
	}
	return func(i int, x []float32, p Part) (int, error) {
		if err := checkAt(i, c.Len(), x, len(x)); err != nil {
			return 0, err
		}
		k, _ := slices.BinarySearch(c.ends, i+1)
		return reads[k](i-c.ends[k]+c.parts[k].Len(), x, p)
	}
}

// Parts implements PartReader.
func (s *normalized) Parts() ReadPart {
	read := Parts(s.Dataset)
	if read == nil {
		return nil
	}
	return func(i int, x []float32, p Part) (int, error) {
		label, err := read(i, x, p)
		if err == nil {
			s.normalize(x)
		}
		return label, err
	}
}
